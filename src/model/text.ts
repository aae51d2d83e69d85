/** The maximum length of a name, a key or an id, in UTF-8 bytes. */
export const idBytesMax = 512;

/** The reason why this text cannot be an id, a name or a key. `undefined` if it can. */
export function idProblem(text: unknown): string | undefined {
  if (typeof text !== 'string') return `it must be a string, not ${kindOf(text)}`;
  if (text.length <= 170 && plainAscii.test(text)) return undefined;
  if (text.includes('\0')) return 'it contains a NUL character';
  if (!text.isWellFormed()) return 'it contains a lone surrogate';
  if (text.length * 3 > idBytesMax && utf8Bytes(text) > idBytesMax)
    return `it is longer than ${idBytesMax} UTF-8 bytes`;
  return undefined;
}

const plainAscii = /^[\x01-\x7f]*$/;

/** The type of a value as part of a sentence: `a number`, `null`, `an object`. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  const type = typeof value;
  return type === 'object' ? 'an object' : `a ${type}`;
}

/** The number of UTF-8 bytes of a text. A lone surrogate counts as three bytes. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < text.length && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

declare global {
  interface String {
    /** Available since Node 20, but not in the TypeScript library of this project. */
    isWellFormed(): boolean;
  }
}
