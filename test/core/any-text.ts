import fc from 'fast-check';

/** What `unit: 'binary'` draws, every code point but surrogates, without its table of all of them, which takes seconds. */
const codePoint = fc
  .integer({ min: 0, max: 0x10_f7ff })
  .map((index) => String.fromCodePoint(index < 0xd800 ? index : index + 0x800));

export function anyText(limits: { readonly minLength?: number; readonly maxLength?: number } = {}) {
  return fc.string({ unit: codePoint, ...limits });
}
