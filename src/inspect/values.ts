/** Values as an inspector shows them: JSON texts, perhaps cut. */
import type { ShownValue } from '../hub/inspected.js';

/** The greatest length of a value in a list, and in details and histories. */
export const listValueMax = 1_024;
export const detailValueMax = 262_144;

/** The value, cut at `max` characters. `undefined` without a value. @param length the length of the whole text, if `text` is a part */
export function shownValue(text: string | undefined, max: number, length = text?.length ?? 0): ShownValue | undefined {
  if (text === undefined) return undefined;
  if (text.length <= max) return { text, length: Math.max(length, text.length), isCut: length > text.length };
  return { text: beginning(text, max), length, isCut: true };
}

/** The first `max` code units, without half of a surrogate pair. */
function beginning(text: string, max: number): string {
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}
