/** Rows of a timeline: bars of an orchestration and of its sub-orchestrations, flat and in order, with waiting and working apart. */
import type { Bar, Timeline } from '../api/answers.js';

export interface TimelineRow {
  readonly key: string;
  readonly depth: number;
  readonly bar: Bar;
  readonly startMs: number;
  /** When the work began. `undefined` if it has not, or if nobody knows. */
  readonly workMs: number | undefined;
  /** The end of an open bar moves with the time. */
  readonly endMs: number | undefined;
}

/** Span of a timeline, in ms since 1970. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export function rowsOf(timeline: Timeline, depth = 0, path = ''): TimelineRow[] {
  const rows: TimelineRow[] = [];
  for (const [index, bar] of timeline.bars.entries()) {
    const key = `${path}${index}`;
    const startMs = Date.parse(bar.scheduledAt);
    const endMs = bar.outcome === 'sent' ? startMs : bar.endedAt === null ? undefined : Date.parse(bar.endedAt);
    rows.push({
      key,
      depth,
      bar,
      startMs,
      endMs,
      workMs: bar.startedAt === null ? undefined : Date.parse(bar.startedAt),
    });
    if (bar.child !== null) for (const row of rowsOf(bar.child, depth + 1, `${key}.`)) rows.push(row);
  }
  return rows;
}

/** The whole span: from the start to the end, or to now. */
export function spanOf(timeline: Timeline, rows: readonly TimelineRow[], nowMs: number): Span {
  let fromMs = Date.parse(timeline.startedAt);
  let toMs = timeline.endedAt === null ? nowMs : Date.parse(timeline.endedAt);
  for (const { startMs, endMs } of rows) {
    fromMs = Math.min(fromMs, startMs);
    toMs = Math.max(toMs, endMs ?? startMs);
  }
  return { fromMs, toMs: Math.max(toMs, fromMs + 1) };
}

export type PartKind = 'waiting' | 'working' | 'held' | 'failed' | 'sent' | 'span';

/** A part of a bar, in percent of the shown span. */
export interface Part {
  readonly kind: PartKind;
  readonly from: number;
  readonly width: number;
}

/** Parts of a bar that lie in a span: first the wait, then the work. */
export function partsOfRow(
  { bar, startMs, workMs, endMs }: TimelineRow,
  { fromMs, toMs }: Span,
  nowMs: number,
): Part[] {
  const end = endMs ?? Math.max(nowMs, startMs);
  const percent = (ms: number) => Math.min(100, Math.max(0, ((ms - fromMs) / (toMs - fromMs)) * 100));
  const part = (kind: PartKind, from: number, to: number): Part => ({
    kind,
    from: percent(from),
    width: percent(to) - percent(from),
  });
  const inSpan = end >= fromMs && startMs <= toMs;
  if (!inSpan) return [];
  if (bar.outcome === 'sent') return [part('sent', startMs, end)];
  const work: PartKind = bar.outcome === 'failed' ? 'failed' : bar.kind === 'section' ? 'held' : 'working';
  if (bar.kind === 'timer' || bar.kind === 'event') return [part('waiting', startMs, end)];
  if (workMs !== undefined) return [part('waiting', startMs, workMs), part(work, workMs, end)];
  // A call has no known beginning: the time until its answer is one part.
  const isUnknown = bar.kind !== 'section' && bar.kind !== 'activity';
  if (bar.outcome === 'open') return [part(isUnknown ? 'span' : 'waiting', startMs, end)];
  return [part(bar.outcome === 'failed' ? 'failed' : 'span', startMs, end)];
}
