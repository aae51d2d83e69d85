/** Times: relative, and exact on focus or under the pointer. */
import { signal } from '@preact/signals';

/** The present time, which moves once a second while the page is visible. */
export const nowMs = signal(Date.now());

window.setInterval(() => {
  if (document.hidden) return;
  nowMs.value = Date.now();
  moveTimes();
}, 1_000);

/** Moves the texts of all relative times. A component for each would cost a list more than everything else. */
function moveTimes(): void {
  for (const element of document.querySelectorAll('time')) {
    const text = textOf(element.dateTime, element.dataset['since'] !== undefined);
    if (element.textContent !== text) element.textContent = text;
  }
}

function textOf(at: string, since: boolean): string {
  const ms = Date.parse(at);
  return since ? duration(Math.max(0, nowMs.peek() - ms)) : relative(ms, nowMs.peek());
}

const steps = [
  [1_000, 'ms'],
  [60_000, 's', 1_000],
  [3_600_000, 'min', 60_000],
  [86_400_000, 'h', 3_600_000],
  [Infinity, 'd', 86_400_000],
] as const;

/** A duration in its largest unit: `3 min`, `250 ms`. */
export function duration(ms: number): string {
  for (const [below, unit, size = 1] of steps) {
    if (ms < below) return `${size === 1 ? Math.round(ms * 10) / 10 : Math.floor(ms / size)} ${unit}`;
  }
  return '';
}

/** At most three digits that count, without zeros at the end. */
function rounded(value: number): string {
  return String(Number(value.toFixed(value < 1 ? 2 : value < 100 ? 1 : 0)));
}

/** A duration with fractions, for figures: `18 ms`, `1.24 s`. */
export function precise(ms: number): string {
  if (ms < 1_000) return `${rounded(ms)} ms`;
  return ms < 60_000 ? `${rounded(ms / 1_000)} s` : duration(ms);
}

function relative(at: number, now: number): string {
  const ms = now - at;
  if (Math.abs(ms) < 1_000) return 'now';
  return ms < 0 ? `in ${duration(-ms)}` : `${duration(ms)} ago`;
}

export function exact(at: string): string {
  return at.replace('T', ' ').replace('Z', ' UTC');
}

interface Props {
  readonly at: string | null;
  /** Shows how long it has lasted instead of how long ago it was. */
  readonly since?: boolean;
  /** Whether the time can be focused. In lists the row shows it. */
  readonly focus?: boolean;
}

export function Time({ at, since = false, focus = true }: Props) {
  if (at === null) return <span class="muted">–</span>;
  const more = { ...(focus && { tabIndex: 0 }), ...(since && { 'data-since': '' }) };
  return (
    <time dateTime={at} title={exact(at)} {...more}>
      {textOf(at, since)}
    </time>
  );
}
