import type { Json } from '../model/values.js';
import { tag } from '../model/value-tree.js';

/** Whether two JSON trees have the same text. The order of keys counts. */
export function isSameJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!isSameJson(a[i] as Json, b[i] as Json)) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  const keys = Object.keys(a);
  const others = Object.keys(b);
  if (keys.length !== others.length) return false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    if (key !== others[i] || !isSameJson(a[key] as Json, b[key] as Json)) return false;
  }
  return true;
}

const fieldsMax = 5;

/** Names of the first outermost fields that differ in two records. Empty for other trees. */
export function differingFields(a: Json | undefined, b: Json): string[] {
  if (!isRecord(a) || !isRecord(b)) return [];
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  const differs = (name: string) => {
    const [one, other] = [a[name], b[name]];
    return one === undefined || other === undefined ? one !== other : !isSameJson(one, other);
  };
  return [...names].filter(differs).slice(0, fieldsMax);
}

function isRecord(tree: Json | undefined): tree is { [key: string]: Json } {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree) && !Object.hasOwn(tree, tag);
}

/** Upper bound of the length of the tree's JSON text in bytes. Counting ends once the bound is over `enough`. */
export function sizeBound(tree: Json, enough: number): number {
  switch (typeof tree) {
    case 'string':
      // An escaped character has at most six bytes.
      return tree.length * 6 + 2;
    case 'object':
      break;
    default:
      return 24;
  }
  if (tree === null) return 4;
  let bytes = 2;
  if (Array.isArray(tree)) {
    for (const item of tree) if ((bytes += sizeBound(item, enough - bytes) + 1) > enough) return bytes;
    return bytes;
  }
  for (const key of Object.keys(tree)) {
    bytes += key.length * 6 + 4 + sizeBound(tree[key] as Json, enough - bytes);
    if (bytes > enough) return bytes;
  }
  return bytes;
}
