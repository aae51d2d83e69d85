/** Plain JSON of stored values: what JSON lacks is shown as text or arrays, and errors without their stacks. */
import { EntityId } from '../model/entity-id.js';
import { decodeValue } from '../model/values.js';

export type PlainJson = null | boolean | number | string | PlainJson[] | { [key: string]: PlainJson };

/** The plain JSON of a stored text. @throws an error if the text is damaged */
export function plainOfText(text: string): PlainJson {
  return plainJson(decodeValue(text));
}

/**
 * The plain JSON of a value: Date as ISO text, Map as an object or as pairs, Set as an array, bigint and numbers that JSON lacks as text,
 * bytes as base64, an error as name, message and code.
 */
export function plainJson(value: unknown): PlainJson {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? null : plainObject(value);
    default:
      return null;
  }
}

function plainObject(value: object): PlainJson {
  if (Array.isArray(value)) return value.map(plainJson);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof EntityId) return value.toString();
  if (value instanceof Set) return Array.from(value, plainJson);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Map) return plainMap(value);
  if (value instanceof Error) return plainError(value);
  return record(Object.entries(value).filter(([, item]) => item !== undefined));
}

function plainMap(map: Map<unknown, unknown>): PlainJson {
  const entries = [...map];
  return entries.every(([key]) => typeof key === 'string')
    ? record(entries as [string, unknown][])
    : entries.map((pair) => pair.map(plainJson));
}

function plainError(error: Error): PlainJson {
  const { code } = error as { code?: unknown };
  const cause = error.cause === undefined ? [] : [['cause', error.cause] as const];
  return record([
    ['name', error.name],
    ['message', error.message],
    ...(code === undefined ? [] : [['code', code] as const]),
    ...cause,
  ]);
}

/** An object with these own properties, `__proto__` included. */
function record(entries: readonly (readonly [string, unknown])[]): { [key: string]: PlainJson } {
  // Object.fromEntries defines own properties: a key `__proto__` sets no prototype.
  return Object.fromEntries(entries.map(([key, item]) => [key, plainJson(item)]));
}
