/** Instants in query parameters, in the spellings that .NET and JavaScript programs send. */

/** Year, month, day; then hours, minutes, seconds, fraction; then the offset. `+` in a query arrives as a space. */
const isoPattern =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:([Zz])|([+\- ])(\d\d):?(\d\d))?)?$/;

/** The text of a .NET DateTime without a format, in the invariant culture: `01/31/2026 18:05:00`. */
const invariantPattern = /^(\d\d?)\/(\d\d?)\/(\d{4})(?: (\d\d?):(\d\d)(?::(\d\d))?)?$/;

const minuteMs = 60_000;

/**
 * The instant of a text, in ms since 1970 (UTC). Without an offset, the text is UTC. Digits after the milliseconds are cut. `undefined` if
 * the text is not an instant.
 */
export function readInstant(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  return readIso(trimmed) ?? readInvariant(trimmed);
}

function readIso(text: string): number | undefined {
  const match = isoPattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', , sign, offsetHour, offsetMinute] = match;
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3));
  const at = utc([year, month, day, hour, minute, second], ms);
  if (at === undefined || sign === undefined) return at;
  const hours = Number(offsetHour);
  const minutes = Number(offsetMinute);
  if (hours > 14 || minutes > 59) return undefined;
  const offset = (hours * 60 + minutes) * minuteMs;
  return sign === '-' ? at + offset : at - offset;
}

function readInvariant(text: string): number | undefined {
  const match = invariantPattern.exec(text);
  if (match === null) return undefined;
  const [, month, day, year, hour, minute, second] = match;
  return utc([year, month, day, hour, minute, second], 0);
}

/** `undefined` for a date that the calendar lacks, such as February 30. */
function utc(parts: readonly (string | undefined)[], ms: number): number | undefined {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.map((part) => Number(part ?? 0));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, ms);
  const same =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  return same ? date.getTime() : undefined;
}
