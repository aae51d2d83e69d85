/**
 * The encoding of values: JSON text, with tags for types that JSON lacks (Date, Map, Set, bigint and others).
 *
 * A tagged value is `{ "$de": "<kind>", "v": <content> }`. A user's object with a key `$de` is encoded as
 * `{ "$de": "object", "v": <the object> }`, so that data is never mistaken for a tag. All other values are plain JSON.
 */
import { SerializationError } from '../errors/argument-errors.js';
import { DurableError } from '../errors/durable-error.js';
import { reasonOf } from '../errors/text.js';
import type { CaptureNotes, Place } from './capture-notes.js';
import { EntityId, isEntityId } from './entity-id.js';
import { describeError, rebuildError, type ErrorBudget, type ErrorDetails } from './error-details.js';

/** A value that JSON text can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const tag = '$de';
const depthMax = 500;
/** Of stored values; each level of what is written is at most three levels of tags. Deeper ones would overflow the stack. */
const storedDepthMax = 3 * depthMax;
const holesMax = 100_000;

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
export function toTree(value: unknown, path = 'value', errors?: ErrorBudget, notes?: CaptureNotes): Json {
  return new TreeWriter(path, errors, notes).write(value);
}

class TreeWriter implements Place {
  private readonly open = new Set<object>();
  private readonly where: PathStep[] = [];

  constructor(
    private readonly root: string,
    /** Present if this value is in a field of an error. */
    private readonly errors: ErrorBudget | undefined,
    /** Present: what would come back as something else is noted. */
    private readonly notes: CaptureNotes | undefined,
  ) {}

  text(): string {
    return pathText(this.root, this.where);
  }

  write(value: unknown): Json {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        if (Number.isFinite(value) && !Object.is(value, -0)) return value;
        return { [tag]: 'number', v: Object.is(value, -0) ? '-0' : String(value) };
      case 'undefined':
        return { [tag]: 'undefined' };
      case 'bigint':
        return { [tag]: 'bigint', v: value.toString() };
      case 'object':
        return value === null ? null : this.writeObject(value);
      default:
        return this.refuse(typeof value);
    }
  }

  private writeObject(value: object): Json {
    if (this.open.has(value)) return this.refuse('a cycle');
    if (this.open.size >= depthMax) return this.refuse(`nested more than ${depthMax} deep`);
    this.open.add(value);
    if (this.notes !== undefined && !isEntityId(value)) this.notes.meet(value, this);
    const tree = this.writeOpened(value);
    this.open.delete(value);
    return tree;
  }

  private writeOpened(value: object): Json {
    if (Array.isArray(value)) {
      if (isMostlyHoles(value)) return this.refuse('an array with too many holes');
      this.checkKind(value, Array.prototype);
      if (this.notes !== undefined && hasHoles(value)) this.notes.add(this, 'it has holes');
      return Array.from(value, (item: unknown, index) => this.at(index, item));
    }
    if (value instanceof Date) {
      if (!isPlainDate(value)) this.noteClass();
      const ms = value.getTime();
      return { [tag]: 'Date', v: Number.isNaN(ms) ? null : value.toISOString() };
    }
    if (value instanceof Map) {
      this.checkKind(value, Map.prototype);
      return {
        [tag]: 'Map',
        v: Array.from(value, ([key, item]: [unknown, unknown]) => [
          this.at(keyText(key), key),
          this.at(keyText(key), item),
        ]),
      };
    }
    if (value instanceof Set) {
      this.checkKind(value, Set.prototype);
      return { [tag]: 'Set', v: Array.from(value, (item: unknown) => this.at(keyText(item), item)) };
    }
    if (isEntityId(value)) return { [tag]: 'EntityId', v: value.toString() };
    if (value instanceof Uint8Array) {
      if (!isPlainBytes(value)) this.noteClass();
      return {
        [tag]: Buffer.isBuffer(value) ? 'Buffer' : 'Uint8Array',
        v: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'),
      };
    }
    if (value instanceof Error) {
      this.notes?.add(this, 'an error comes back as another object');
      if (this.errors?.take() === false) return this.refuse('one of too many errors');
      return { [tag]: 'Error', v: describeError(value, this.errors) as unknown as Json };
    }
    if (
      value instanceof Promise ||
      value instanceof WeakMap ||
      value instanceof WeakSet ||
      value instanceof RegExp ||
      ArrayBuffer.isView(value) ||
      value instanceof ArrayBuffer
    ) {
      return this.refuse(`a ${value.constructor.name}`);
    }
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      this.noteClass();
      return this.write(value.toJSON());
    }
    this.checkKind(value, Object.prototype);
    return this.writeRecord(value as Record<string, unknown>);
  }

  private writeRecord(value: Record<string, unknown>): Json {
    const copy: { [key: string]: Json } = {};
    for (const key of Object.keys(value)) setOwn(copy, key, this.at(key, value[key]));
    return Object.hasOwn(copy, tag) ? { [tag]: 'object', v: copy } : copy;
  }

  private checkKind(value: object, plain: object): void {
    if (this.notes !== undefined && Object.getPrototypeOf(value) !== plain) this.noteClass();
  }

  private noteClass(): void {
    this.notes?.add(this, 'its class is not carried');
  }

  private at(step: PathStep, value: unknown): Json {
    if (typeof value === 'string' || typeof value === 'boolean') return value;
    this.where.push(step);
    const tree = this.write(value);
    this.where.pop();
    return tree;
  }

  private refuse(what: string): never {
    throw new SerializationError(this.text(), what);
  }
}

const nativeDate = Date;

/** Whether it is a date of the language itself: also one that was made while a test had replaced `Date`. */
export function isPlainDate(value: Date): boolean {
  return value.constructor === nativeDate || value.constructor === Date;
}

/** Whether these are bytes that come back as they are. */
export function isPlainBytes(value: Uint8Array): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Uint8Array.prototype || prototype === Buffer.prototype;
}

/** Whether a list has places without a value: they come back as `undefined`. */
export function hasHoles(list: readonly unknown[]): boolean {
  for (let index = 0; index < list.length; index++) if (list[index] === undefined && !(index in list)) return true;
  return false;
}

/** Tells whether an array has more than 100,000 holes. Holes take no memory, but writing out an array with very many would not end. */
export function isMostlyHoles(list: readonly unknown[]): boolean {
  if (list.length <= holesMax) return false;
  for (let index = 0, holes = 0; index < list.length; index++) {
    if (!(index in list) && ++holes > holesMax) return true;
  }
  return false;
}

/** A step of a path: a field, an index, or (as `key`) the key of a Map or an item of a Set. */
type PathStep = string | number | { readonly key: string };

function keyText(key: unknown): PathStep {
  if (typeof key === 'number') return key;
  return { key: typeof key === 'string' ? key : typeof key };
}

/** A path as text: `contacts["ann"].photo`, `items[3]`. */
export function pathText(root: string, steps: readonly PathStep[]): string {
  let text = root;
  for (const step of steps) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (typeof step === 'object') text += `[${JSON.stringify(step.key)}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

function setOwn(target: { [key: string]: Json }, key: string, value: Json): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

/**
 * The value of a tree that `toTree` made. The objects of the tree become part of the value: the caller must not use it any more.
 * @throws SerializationError if it is of no known kind or nested too deep
 */
export function fromTree(tree: Json): unknown {
  return read(tree, 0);
}

/** @param depth how many trees stand around this one */
function read(tree: Json, depth: number): unknown {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (depth > storedDepthMax) throw new SerializationError('stored value', `nested more than ${storedDepthMax} deep`);
  if (Array.isArray(tree)) {
    for (let i = 0; i < tree.length; i++) {
      const item = tree[i];
      if (typeof item === 'object' && item !== null) (tree as unknown[])[i] = read(item, depth + 1);
    }
    return tree;
  }
  if (Object.hasOwn(tree, tag)) return fromTag(tree[tag], tree['v'] ?? null, depth + 1);
  return fromRecord(tree, depth + 1);
}

function fromRecord(tree: { [key: string]: Json }, depth: number): unknown {
  for (const key of Object.keys(tree)) {
    const item = tree[key];
    if (typeof item === 'object' && item !== null) setOwn(tree, key, read(item, depth) as Json);
  }
  return tree;
}

function fromTag(kind: Json | undefined, content: Json, depth: number): unknown {
  switch (kind) {
    case 'undefined':
      return undefined;
    case 'number':
      return content === '-0' ? -0 : Number(content);
    case 'bigint':
      return BigInt(content as string);
    case 'Date':
      return new Date(content === null ? Number.NaN : (content as string));
    case 'Map':
      return new Map((content as [Json, Json][]).map(([key, item]) => [read(key, depth), read(item, depth)]));
    case 'Set':
      return new Set((content as Json[]).map((item) => read(item, depth)));
    case 'as':
      // A value whose type differs from the type of its field, stored with its own encoding (see classes/state).
      return read(content, depth);
    case 'EntityId':
      return EntityId.parse(content as string);
    case 'Uint8Array':
      return new Uint8Array(Buffer.from(content as string, 'base64'));
    case 'Buffer':
      return Buffer.from(content as string, 'base64');
    case 'Error':
      return rebuildError(content as unknown as ErrorDetails);
    case 'object':
      return fromRecord(content as { [key: string]: Json }, depth);
    default:
      throw new SerializationError('stored value', `of a kind that this version does not know: ${String(kind)}`);
  }
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
