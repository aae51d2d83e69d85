/** Chart of a timeline: a row for each step, with zoom and movement by keys, wheel and pointer. */
import { useSignal, type Signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Timeline } from '../api/answers.js';
import { SubjectLink } from '../ui/links.js';
import { shown } from '../ui/text.js';
import { nowMs, precise } from '../ui/time.js';
import { titleOf, waited, worked } from './timeline-words.js';
import { partsOfRow, spanOf, type Span, type TimelineRow } from './timeline-rows.js';

interface ChartProps {
  readonly timeline: Timeline;
  readonly rows: readonly TimelineRow[];
}

/** `undefined` shows the whole span, also while it grows. */
type Zoom = Signal<Span | undefined>;

export function TimelineChart({ timeline, rows }: ChartProps) {
  const zoom: Zoom = useSignal(undefined);
  const now = timeline.endedAt === null ? nowMs.value : Date.parse(timeline.endedAt);
  const whole = spanOf(timeline, rows, now);
  const span = zoom.value ?? whole;
  const change = (factor: number, shift: number) => {
    zoom.value = zoomed(whole, span, factor, shift);
  };
  const keys: Readonly<Record<string, readonly [factor: number, shift: number]>> = {
    '+': [0.5, 0],
    '=': [0.5, 0],
    '-': [2, 0],
    ArrowLeft: [1, -0.2],
    ArrowRight: [1, 0.2],
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = keys[event.key];
    if (event.key === '0') zoom.value = undefined;
    else if (step === undefined) return;
    else change(...step);
    event.preventDefault();
    event.stopPropagation();
  };
  const drag = useDrag(change);
  return (
    <div class="timeline">
      <div class="timeline-tools">
        <Legend />
        <div class="buttons">
          <button type="button" class="button is-quiet" aria-label="Zoom out" onClick={() => change(2, 0)}>
            −
          </button>
          <button type="button" class="button is-quiet" aria-label="Zoom in" onClick={() => change(0.5, 0)}>
            +
          </button>
          <button
            type="button"
            class="button is-quiet"
            disabled={zoom.value === undefined}
            onClick={() => (zoom.value = undefined)}
          >
            All
          </button>
        </div>
      </div>
      <div
        class="chart"
        tabIndex={0}
        role="group"
        aria-label="Timeline. Plus and minus zoom, arrow keys move."
        onKeyDown={onKeyDown}
        {...drag}
      >
        <Axis span={span} whole={whole} />
        {rows.map((row) => (
          <Row key={row.key} row={row} span={span} now={now} />
        ))}
      </div>
    </div>
  );
}

/** The part of the whole span after a zoom about the middle, or a shift by a part of what is shown. `undefined` for the whole. */
function zoomed(whole: Span, { fromMs, toMs }: Span, factor: number, shift: number): Span | undefined {
  const size = Math.max(1, (toMs - fromMs) * factor);
  if (size >= whole.toMs - whole.fromMs) return undefined;
  const middle = (fromMs + toMs) / 2 + shift * size;
  const from = Math.min(Math.max(middle - size / 2, whole.fromMs), whole.toMs - size);
  return { fromMs: from, toMs: from + size };
}

function useDrag(change: (factor: number, shift: number) => void) {
  const last = useRef<number | undefined>(undefined);
  const stop = () => {
    last.current = undefined;
  };
  return {
    onPointerDown(event: PointerEvent) {
      if ((event.target as Element).closest('.track') !== null) last.current = event.clientX;
    },
    onPointerMove(event: PointerEvent) {
      const track = (event.currentTarget as Element).querySelector('.track');
      if (last.current === undefined || track === null) return;
      change(1, (last.current - event.clientX) / track.clientWidth);
      last.current = event.clientX;
    },
    onPointerUp: stop,
    onPointerLeave: stop,
    onWheel(event: WheelEvent) {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      change(event.deltaY > 0 ? 1.25 : 0.8, 0);
    },
  };
}

const ticks = [0, 0.25, 0.5, 0.75, 1] as const;

function Axis({ span, whole }: { readonly span: Span; readonly whole: Span }) {
  return (
    <div class="bar-row axis" aria-hidden="true">
      <span class="bar-title" />
      <div class="axis-track">
        {ticks.map((tick) => (
          <span key={tick}>{precise(span.fromMs + (span.toMs - span.fromMs) * tick - whole.fromMs)}</span>
        ))}
      </div>
      <span class="bar-time" />
    </div>
  );
}

function Row({ row, span, now }: { readonly row: TimelineRow; readonly span: Span; readonly now: number }) {
  const { bar, depth } = row;
  const subject = bar.target ?? (bar.targets?.length === 1 ? (bar.targets[0] ?? null) : null);
  const words = [titleOf(row), bar.outcome, `waited ${waited(row)}`, `worked ${worked(row)}`].join(', ');
  return (
    <div class="bar-row" data-kind={bar.kind} data-outcome={bar.outcome}>
      <span class={`bar-title depth-${Math.min(depth, 8)}`}>
        {titleOf(row)}{' '}
        {subject === null ? (
          <span class="muted">{shown((bar.targets ?? []).join(', '), 60)}</span>
        ) : (
          <SubjectLink id={subject} />
        )}
      </span>
      <svg class="track" role="img" aria-label={words} preserveAspectRatio="none">
        <title>{words}</title>
        {partsOfRow(row, span, now).map(({ kind, from, width }) => (
          <rect
            key={kind}
            class={`part is-${kind}`}
            x={`${from}%`}
            width={`${Math.max(width, 0.4)}%`}
            y="4"
            height="12"
            rx="3"
          />
        ))}
      </svg>
      <span class="bar-time">{bar.outcome === 'sent' ? 'sent' : precise((row.endMs ?? now) - row.startMs)}</span>
    </div>
  );
}

const legend = [
  ['waiting', 'waiting'],
  ['working', 'working'],
  ['held', 'holds locks'],
  ['span', 'until the answer'],
  ['failed', 'failed'],
] as const;

function Legend() {
  return (
    <ul class="legend">
      {legend.map(([kind, title]) => (
        <li key={kind}>
          <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">
            <rect class={`part is-${kind}`} x="0.5" y="0.5" width="11" height="11" rx="3" />
          </svg>
          {title}
        </li>
      ))}
    </ul>
  );
}
