/** The longest a name, a key or an id may be, in UTF-8 bytes. */
export const idBytesMax = 512;

/** Why this text cannot be an id, a name or a key; `undefined` when it can. */
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

/** `a number`, `null`, `an object`: what a value is, in a sentence. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  const type = typeof value;
  return type === 'object' ? 'an object' : `a ${type}`;
}

/** The number of bytes of this text in UTF-8; a lone surrogate counts as three. */
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
    /** In Node since version 20. */
    isWellFormed(): boolean;
  }
}
