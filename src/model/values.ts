/** The encoding of values as JSON text, and comparisons of such texts. `value-tree.ts` explains the tags. */
import { SerializationError } from '../errors/argument-errors.js';
import { DurableError } from '../errors/durable-error.js';
import { reasonOf } from '../errors/text.js';
import type { CaptureNotes } from './capture-notes.js';
import { errorReader, errorWriter } from './error-details.js';
import { readTree, setOwn, tag, writeTree, type Json } from './value-tree.js';

export { hasHoles, isMostlyHoles, isPlainBytes, isPlainDate, pathText, type Json } from './value-tree.js';

/** The JSON text of a value. `undefined` if the value is `undefined`. @throws SerializationError that names the path */
export function encodeValue(value: unknown, path = 'value'): string | undefined {
  switch (typeof value) {
    case 'undefined':
      return undefined;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? String(value) : JSON.stringify(toTree(value, path));
    default:
      return JSON.stringify(toTree(value, path));
  }
}

/** The value of a JSON text that `encodeValue` made. Each call makes new objects. */
export function decodeValue(text: string | undefined): unknown {
  return text === undefined ? undefined : fromTree(JSON.parse(text) as Json);
}

/** A copy of a value as plain JSON with tags. The copy shares no object with the value. @throws SerializationError that names the path */
export function toTree(value: unknown, path = 'value', notes?: CaptureNotes): Json {
  return writeTree(value, path, errorWriter, notes);
}

/**
 * The value of a tree that `toTree` made. The objects of the tree become part of the value: the caller must not use it any more.
 * @throws SerializationError if it is of no known kind or nested too deep
 */
export function fromTree(tree: Json): unknown {
  return readTree(tree, errorReader);
}

/** Encodes a value. Errors of getters and of `toJSON` become a SerializationError. @throws DurableError */
export function encodeOrRefuse(value: unknown, path: string): string | undefined {
  try {
    return encodeValue(value, path);
  } catch (error) {
    if (error instanceof DurableError) throw error;
    throw new SerializationError(path, reasonOf(error), error);
  }
}

/**
 * A JSON text without the stacks of errors in it, for comparisons only. Stacks name lines of the program, which move, and frames of the
 * engine.
 */
export function withoutStacks(text: string | undefined): string {
  if (text === undefined) return '';
  if (!text.includes(`"${tag}":"Error"`)) return text;
  return JSON.stringify(stackless(JSON.parse(text) as Json));
}

function stackless(tree: Json): Json {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (Array.isArray(tree)) return tree.map(stackless);
  const kind = Object.hasOwn(tree, tag) ? tree[tag] : undefined;
  if (kind === 'Error') return { [tag]: 'Error', v: stacklessError(tree['v'] ?? null) };
  if (kind === 'object') return { [tag]: 'object', v: stacklessRecord(tree['v'] as { [key: string]: Json }) };
  return stacklessRecord(tree);
}

function stacklessError(details: Json): Json {
  const { stack: _stack, cause, ...rest } = details as { [key: string]: Json };
  return { ...stacklessRecord(rest), ...(cause !== undefined && { cause: stacklessError(cause) }) };
}

function stacklessRecord(tree: { [key: string]: Json }): { [key: string]: Json } {
  const copy: { [key: string]: Json } = {};
  for (const key of Object.keys(tree)) setOwn(copy, key, stackless(tree[key] as Json));
  return copy;
}

/** A JSON text with sorted keys. Values that differ only in the order of their keys have the same text. */
export function canonicalJson(text: string | undefined): string {
  return text === undefined ? '' : JSON.stringify(sorted(JSON.parse(text) as Json));
}

function sorted(tree: Json): Json {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (Array.isArray(tree)) return tree.map(sorted);
  const copy: { [key: string]: Json } = {};
  for (const key of Object.keys(tree).sort()) setOwn(copy, key, sorted(tree[key] as Json));
  return copy;
}
