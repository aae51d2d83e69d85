/**
 * Values as trees of plain JSON, with tags for types that JSON lacks (Date, Map, Set, bigint and others).
 *
 * A tagged value is `{ "$de": "<kind>", "v": <content> }`. A user's object with a key `$de` is encoded as
 * `{ "$de": "object", "v": <the object> }`, so that data is never mistaken for a tag. All other values are plain JSON.
 */
import { SerializationError } from '../errors/argument-errors.js';
import type { CaptureNotes, Place } from './capture-notes.js';
import { EntityId, isEntityId } from './entity-id.js';

/** A value that JSON text can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export const tag = '$de';
const depthMax = 500;
/** Of stored values; each level of what is written is at most three levels of tags. Deeper ones would overflow the stack. */
const storedDepthMax = 3 * depthMax;
const holesMax = 100_000;

/** How errors are encoded. Errors contain values, and values contain errors: the encoding of errors is given to that of values. */
export interface ErrorWriter {
  /** An error as data. `undefined` if there are too many errors. */
  describe(error: Error): Json | undefined;
}

export interface ErrorReader {
  rebuild(details: Json): Error;
}

/** A copy of a value as plain JSON with tags. The copy shares no object with the value. @throws SerializationError that names the path */
export function writeTree(value: unknown, path: string, errors: ErrorWriter, notes?: CaptureNotes): Json {
  return new TreeWriter(path, errors, notes).write(value);
}

class TreeWriter implements Place {
  private readonly open = new Set<object>();
  private readonly where: PathStep[] = [];

  constructor(
    private readonly root: string,
    private readonly errors: ErrorWriter,
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
      const details = this.errors.describe(value);
      return details === undefined ? this.refuse('one of too many errors') : { [tag]: 'Error', v: details };
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

export function setOwn(target: { [key: string]: Json }, key: string, value: Json): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

/**
 * The value of a tree that `writeTree` made. The objects of the tree become part of the value: the caller must not use it any more.
 * @throws SerializationError if it is of no known kind or nested too deep
 */
export function readTree(tree: Json, errors: ErrorReader): unknown {
  return read(tree, 0, errors);
}

/** @param depth how many trees stand around this one */
function read(tree: Json, depth: number, errors: ErrorReader): unknown {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (depth > storedDepthMax) throw new SerializationError('stored value', `nested more than ${storedDepthMax} deep`);
  if (Array.isArray(tree)) {
    for (let i = 0; i < tree.length; i++) {
      const item = tree[i];
      if (typeof item === 'object' && item !== null) (tree as unknown[])[i] = read(item, depth + 1, errors);
    }
    return tree;
  }
  if (Object.hasOwn(tree, tag)) return fromTag(tree[tag], tree['v'] ?? null, depth + 1, errors);
  return fromRecord(tree, depth + 1, errors);
}

function fromRecord(tree: { [key: string]: Json }, depth: number, errors: ErrorReader): unknown {
  for (const key of Object.keys(tree)) {
    const item = tree[key];
    if (typeof item === 'object' && item !== null) setOwn(tree, key, read(item, depth, errors) as Json);
  }
  return tree;
}

function fromTag(kind: Json | undefined, content: Json, depth: number, errors: ErrorReader): unknown {
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
      return new Map(
        (content as [Json, Json][]).map(([key, item]) => [read(key, depth, errors), read(item, depth, errors)]),
      );
    case 'Set':
      return new Set((content as Json[]).map((item) => read(item, depth, errors)));
    case 'as':
      // A value whose type differs from the type of its field, stored with its own encoding (see classes/state).
      return read(content, depth, errors);
    case 'EntityId':
      return EntityId.parse(content as string);
    case 'Uint8Array':
      return new Uint8Array(Buffer.from(content as string, 'base64'));
    case 'Buffer':
      return Buffer.from(content as string, 'base64');
    case 'Error':
      return errors.rebuild(content);
    case 'object':
      return fromRecord(content as { [key: string]: Json }, depth, errors);
    default:
      throw new SerializationError('stored value', `of a kind that this version does not know: ${String(kind)}`);
  }
}
