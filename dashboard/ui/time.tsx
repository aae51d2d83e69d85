/** Times: relative, and exact on focus or under the pointer. */
import { signal } from '@preact/signals';

/** The time of all relative times. Moves once a second while the page is visible. */
export const nowMs = signal(Date.now());

window.setInterval(() => {
  if (!document.hidden) nowMs.value = Date.now();
}, 1_000);

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
  const ms = Date.parse(at);
  const text = since ? duration(Math.max(0, nowMs.value - ms)) : relative(ms, nowMs.value);
  const tab = focus ? { tabIndex: 0 } : {};
  return (
    <time dateTime={at} data-exact={exact(at)} title={exact(at)} {...tab}>
      {text}
    </time>
  );
}
