/** Texts of users: cut, with control, bidi and other invisible characters shown as escapes, and always text nodes. */

/** The longest text that a list or a heading shows. */
const shownMax = 200;

// Controls, format characters (bidi, zero width), separators that break lines, and halves of surrogate pairs.
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Most texts have none of them. */
const plain = /^[ -~]*$/;

export function escaped(text: string): string {
  if (plain.test(text)) return text;
  return text.replace(invisible, (character) => {
    const code = character.codePointAt(0) as number;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The text as it is shown: escaped, and cut. */
export function shown(text: string, max = shownMax): string {
  if (text.length <= max) return escaped(text);
  return `${escaped(text.slice(0, max))}…`;
}

/** A text of a user. */
export function UserText({ text, max }: { readonly text: string; readonly max?: number }) {
  return <bdi class="user-text">{shown(text, max)}</bdi>;
}

const numbers = new Intl.NumberFormat('en');
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export function count(value: number): string {
  if (Number.isInteger(value) && value >= 0 && value < 1_000) return String(value);
  return Math.abs(value) < 10_000_000 ? numbers.format(value) : compact.format(value);
}

/** A rate or a duration with at most three digits that count. */
export function short(value: number): string {
  if (value === 0 || value >= 100) return count(Math.round(value));
  return value >= 10 ? value.toFixed(0) : value.toFixed(value >= 1 ? 1 : 2);
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  return `${short(value / 1_000 ** power)} ${units[power]}`;
}

/** `1 entity`, `2 entities`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
