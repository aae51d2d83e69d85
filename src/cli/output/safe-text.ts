/**
 * Text from outside, made safe for a terminal. States, ids and errors come from anybody who may send a message: an escape sequence among them
 * could move the cursor, change the title, or hide what stands on the screen.
 */

/**
 * Characters that a terminal obeys or that change the direction or the visible length of a line: C0 and C1 controls, marks and overrides of
 * direction, characters without a width, line separators, tags, and halves of surrogate pairs.
 */
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu;

/** The text with each unsafe character as `\uXXXX`. */
export function safeText(text: string): string {
  return text.replaceAll(unsafe, escaped);
}

/** The same escapes are valid in JSON, where these characters occur inside of texts only. */
export function safeJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent) ?? 'null';
  // JSON.stringify has escaped C0 controls already. Its own line breaks stay.
  return text.replaceAll(unsafe, (character) => (character === '\n' ? character : escaped(character)));
}

/** At most this many characters, with `…` in place of the rest. Pairs of surrogates are not torn. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const characters = Array.from(text.slice(0, max * 2));
  return characters.length <= max && text.length <= max * 2
    ? text
    : `${characters.slice(0, Math.max(max - 1, 0)).join('')}…`;
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  }).join('');
}
