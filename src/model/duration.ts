import { InvalidArgumentError } from '../errors/argument-errors.js';
import { quoted } from '../errors/text.js';

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

/** A span of time: milliseconds, or text such as `'30s'`, `'500 ms'`, `'3 days'`. Not negative. */
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

/** The latest instant that JavaScript's Date can hold, in ms. */
export const instantMax = 8.64e15;

/**
 * The span in milliseconds, rounded to a whole number.
 * @throws InvalidArgumentError when it is not a span of time, negative, or longer than a Date can hold.
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

/** An instant as a Date, or ms since 1970 (UTC). @throws InvalidArgumentError when it is no instant. */
export function instantMs(instant: Date | number, argument = 'instant'): number {
  const ms = timeOf(instant);
  if (typeof ms !== 'number' || !(Math.abs(ms) <= instantMax)) {
    throw new InvalidArgumentError(argument, 'it is not an instant', 'Give a valid Date, or ms since 1970 (UTC).');
  }
  return Math.ceil(ms);
}

/** What looks like a Date need not be one. */
function timeOf(instant: unknown): unknown {
  try {
    return instant instanceof Date ? instant.getTime() : instant;
  } catch {
    return Number.NaN;
  }
}
