/** Times and sizes for people: ages, spans and bytes. */

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A span in one unit, or in two if the first one is small: `3 d`, `2 h 5 min`, `40 ms`. */
export function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  const at = units.findIndex(([, size]) => ms >= size);
  const [unit, size] = units[at] as (typeof units)[number];
  const whole = Math.floor(ms / size);
  const next = units[at + 1];
  const rest = next === undefined || whole >= 10 ? 0 : Math.floor((ms % size) / next[1]);
  return rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${next?.[0]}`;
}

/** How long ago an instant was, or in how long it will be. `''` for `null`. */
export function agoText(iso: string | null | undefined, nowMs: number): string {
  if (iso === null || iso === undefined) return '';
  const ms = nowMs - Date.parse(iso);
  if (Number.isNaN(ms)) return '?';
  return ms < 0 ? `in ${spanText(-ms)}` : `${spanText(ms)} ago`;
}

/** The time between two instants. `''` if one of them is unknown. */
export function betweenText(from: string | null, to: string | null): string {
  return from === null || to === null ? '' : spanText(Date.parse(to) - Date.parse(from));
}

/** Bytes with a unit: `12 B`, `1.4 MiB`. */
export function bytesText(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(names.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** step;
  return `${step === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${names[step]}`;
}

/** A number with separators of thousands. */
export function countText(count: number): string {
  return count.toLocaleString('en-US');
}
