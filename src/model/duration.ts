import { InvalidArgumentError } from '../errors/argument-errors.js';
import { quoted, shown } from '../errors/text.js';

type Unit =
  | 'ms'
  | 's'
  | 'm'
  | 'h'
  | 'd'
  | 'millisecond'
  | 'milliseconds'
  | 'second'
  | 'seconds'
  | 'minute'
  | 'minutes'
  | 'hour'
  | 'hours'
  | 'day'
  | 'days'
  | 'week'
  | 'weeks';

/**
 * A span of time: a number of milliseconds, or a text of a number and a unit, such as `'30s'`, `'500 ms'` or `'3 days'`. The number is
 * not negative and may have decimals. Values are rounded to whole milliseconds.
 */
export type Duration = number | `${number}${Unit}` | `${number} ${Unit}`;

const unitMs: Record<Unit, number> = {
  ms: 1,
  millisecond: 1,
  milliseconds: 1,
  s: 1_000,
  second: 1_000,
  seconds: 1_000,
  m: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
  week: 604_800_000,
  weeks: 604_800_000,
};

/** The latest instant that a JavaScript Date can hold, in ms since 1970 (UTC). */
export const instantMax = 8.64e15;

/**
 * A span of time in milliseconds, rounded to a whole number.
 * @throws InvalidArgumentError if the value is not a span of time, is negative, or is longer than a Date can hold
 */
export function durationMs(duration: Duration, argument = 'duration'): number {
  const ms = typeof duration === 'string' ? parse(duration) : duration;
  if (typeof ms !== 'number' || !(ms >= 0) || ms > instantMax) {
    throw new InvalidArgumentError(
      argument,
      `${quoted(duration)} is not a span of time`,
      "Give milliseconds (a number of at least 0) or text such as '30s', '5 minutes', '3 days'.",
    );
  }
  return Math.round(ms);
}

function parse(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([a-z]+)$/.exec(text);
  const unit = match?.[2];
  return match !== null && unit !== undefined && Object.hasOwn(unitMs, unit)
    ? Number(match[1]) * unitMs[unit as Unit]
    : Number.NaN;
}

/** An instant in ms since 1970 (UTC), rounded up to a whole number. @throws InvalidArgumentError if the value is not an instant */
export function instantMs(instant: Date | number, argument = 'instant'): number {
  const ms = timeOf(instant);
  if (typeof ms !== 'number' || !(Math.abs(ms) <= instantMax)) {
    throw new InvalidArgumentError(
      argument,
      `${shown(instant)} is not an instant`,
      'Give a valid Date, or ms since 1970 (UTC).',
    );
  }
  return Math.ceil(ms);
}

/** An object with the prototype of Date need not be a Date: `getTime` may throw. */
function timeOf(instant: unknown): unknown {
  try {
    return instant instanceof Date ? instant.getTime() : instant;
  } catch {
    return Number.NaN;
  }
}
