/**
 * Packages that are bundled into this file when the package is packed (`packaging/main.ts`). No other file of `http` imports a foreign
 * package, so that the published files need none. Single names are exported, so that the rest is left out of the bundle.
 */
export { TrieRouter } from 'hono/router/trie-router';
export {
  any,
  array,
  boolean,
  enum as oneOf,
  int,
  iso,
  lazy,
  literal,
  number,
  object,
  preprocess,
  record,
  strictObject,
  string,
  toJSONSchema,
  union,
  unknown,
} from 'zod';
export type { output as OutputOf, ZodType, ZodObject } from 'zod';
