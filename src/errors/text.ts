/** A thrown value as text: name and message of an Error, else the value. Never throws. */
export function reasonOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : describe(thrown);
  } catch {
    return 'a value that cannot be shown';
  }
}

function describe(value: unknown): string {
  return typeof value === 'object' ? (JSON.stringify(value) ?? 'an object') : String(value);
}

/** Any value as it would be written in a program: strings quoted, cut at 120 characters. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  const text = reasonOf(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** Text from outside, made safe for a message: quoted, control characters escaped, cut at 120 characters. */
export function quoted(text: unknown): string {
  const shown = typeof text === 'string' ? text : reasonOf(text);
  return JSON.stringify(shown.length > 120 ? `${shown.slice(0, 117)}...` : shown);
}
