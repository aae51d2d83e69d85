/** The hash FNV-1a with 32 bits over the UTF-8 bytes of a text. Stored rows depend on it, so a test with fixed values guards it. */
const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;

export function fnv1a(text: string, from: number = offsetBasis): number {
  let hash = from;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      hash = Math.imul(hash ^ code, prime);
      continue;
    }
    if (code < 0x800) {
      hash = Math.imul(hash ^ (0xc0 | (code >> 6)), prime);
    } else if (code >= 0xd800 && code < 0xdc00 && i + 1 < text.length) {
      code = 0x10000 + ((code - 0xd800) << 10) + (text.charCodeAt(++i) - 0xdc00);
      hash = Math.imul(hash ^ (0xf0 | (code >> 18)), prime);
      hash = Math.imul(hash ^ (0x80 | ((code >> 12) & 0x3f)), prime);
      hash = Math.imul(hash ^ (0x80 | ((code >> 6) & 0x3f)), prime);
    } else {
      hash = Math.imul(hash ^ (0xe0 | (code >> 12)), prime);
      hash = Math.imul(hash ^ (0x80 | ((code >> 6) & 0x3f)), prime);
    }
    hash = Math.imul(hash ^ (0x80 | (code & 0x3f)), prime);
  }
  return hash >>> 0;
}
