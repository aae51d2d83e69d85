/**
 * Writes values of unknown type. Plain data stays plain. Values that JSON lacks get the tags of `model/values`, as in function entities. A
 * value that reading would change, such as an object with methods, is refused.
 */
import { SerializationError } from '../../errors/index.js';
import type { CaptureNotes } from '../../model/capture-notes.js';
import { isEntityId } from '../../model/entity-id.js';
import { hasHoles, isMostlyHoles, isPlainBytes, isPlainDate, toTree, type Json } from '../../model/values.js';
import type { AnyClass } from '../declarations.js';
import { isClass } from '../declarations.js';
import { Whereabouts, type Step } from './problems.js';
import { isAnnotated } from './transformer-metadata.js';

const depthMax = 500;

export class PlainWriter {
  protected readonly where: Whereabouts;
  private readonly open: object[] = [];

  /** @param notes records places where reading returns something else than the live value */
  constructor(
    root = '',
    protected readonly notes?: CaptureNotes,
  ) {
    this.where = new Whereabouts(root);
  }

  plain(value: unknown): Json {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0) ? value : toTree(value);
      case 'undefined':
      case 'bigint':
        return toTree(value);
      case 'object':
        return value === null ? null : this.plainInside(value);
      default:
        return this.refuse(typeof value);
    }
  }

  private plainInside(value: object): Json {
    this.enter(value);
    const written = this.plainObject(value);
    this.leave();
    return written;
  }

  private plainObject(value: object): Json {
    if (Array.isArray(value)) return this.list(value, plainItem);
    if (value instanceof Map) return this.taggedMap(value, plainItem);
    if (value instanceof Set) return { $de: 'Set', v: this.items(value, plainItem) };
    if (isCarriedByTag(value)) return this.tagged(value);
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype !== Object.prototype) {
      if (prototype !== null) this.checkHarmless(value, prototype);
      this.note('its class is not carried');
    }
    return this.plainRecord(value as Record<string, unknown>);
  }

  /** Writes a plain object. An object with a key that looks like a tag is wrapped, so that it is never read as a tag. */
  plainRecord(value: Record<string, unknown>): Json {
    return this.record(value, plainItem);
  }

  /** As `plainRecord`, but `item` writes the values. */
  protected record(value: Record<string, unknown>, item: ItemWriter): Json {
    const copy: { [key: string]: Json } = {};
    const { steps } = this.where;
    for (const key of Object.keys(value)) {
      steps.push(key);
      setOwn(copy, key, item(this, value[key]));
      steps.pop();
    }
    return Object.hasOwn(copy, '$de') ? { $de: 'object', v: copy } : copy;
  }

  protected taggedMap(map: ReadonlyMap<unknown, unknown>, item: ItemWriter): Json {
    return { $de: 'Map', v: this.entries(map, item) };
  }

  protected entries(map: ReadonlyMap<unknown, unknown>, item: ItemWriter): Json[] {
    this.checkCollection(map, Map);
    const { steps } = this.where;
    return Array.from(map, ([key, value]): Json => {
      steps.push(keyStep(key));
      const pair = [this.plain(key), item(this, value)];
      steps.pop();
      return pair;
    });
  }

  protected items(set: ReadonlySet<unknown>, item: ItemWriter): Json[] {
    this.checkCollection(set, Set);
    return this.list([...set], item);
  }

  protected list(values: readonly unknown[], item: ItemWriter): Json[] {
    this.checkCollection(values, Array);
    if (isMostlyHoles(values)) this.refuse('an array with too many holes');
    if (this.notes !== undefined && hasHoles(values)) this.note('it has holes');
    const copy: Json[] = new Array<Json>(values.length);
    const { steps } = this.where;
    const isPlain = item === plainItem;
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      if (isPlain && (typeof value === 'string' || typeof value === 'boolean')) copy[index] = value;
      else {
        steps.push(index);
        copy[index] = item(this, value);
        steps.pop();
      }
    }
    return copy;
  }

  /** Notes that an object is being written, to find cycles. */
  protected enter(value: object): void {
    if (this.open.length >= depthMax) this.refuseDepth();
    this.open.push(value);
    if (this.notes !== undefined && !isEntityId(value)) this.notes.meet(value, this.where);
  }

  protected leave(): void {
    this.open.pop();
  }

  /** Refuses a too deep value. Cycles are searched only here, because every cycle is too deep. */
  private refuseDepth(): never {
    const firstAgain = this.open.findIndex((value, index) => this.open.indexOf(value) !== index);
    if (firstAgain < 0) return this.refuse(`nested more than ${depthMax} deep`);
    this.where.steps.length = Math.min(this.where.steps.length, Math.max(1, firstAgain));
    return this.refuse('a cycle');
  }

  protected refuse(problem: string, cause?: unknown): never {
    throw new SerializationError(this.where.text(), problem, cause);
  }

  protected note(reason: string): void {
    this.notes?.add(this.where, reason);
  }

  protected tree(value: unknown): Json {
    return toTree(value, this.where.text());
  }

  /** Writes a value that is stored with a tag. An object of a derived class is refused, because reading would lose the class. */
  protected tagged(value: object): Json {
    if (value instanceof Date ? !isPlainDate(value) : value instanceof Uint8Array && !isPlainBytes(value)) {
      this.refuseDerived(value);
    }
    if (value instanceof Error) this.note('an error comes back as another object');
    return this.tree(value);
  }

  /** Refuses a collection of a derived class, because reading would lose the members that the class adds. */
  protected checkCollection(value: object, type: typeof Array | typeof Map | typeof Set): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== type.prototype && prototype instanceof type) this.refuseDerived(value);
  }

  protected refuseDerived(value: object): never {
    const name = classOf(value)?.name ?? 'unknown class';
    const base = builtInBase(value);
    const remedy =
      base === 'Date'
        ? `name its type with @Type(() => ${name}), or mark it @Exclude()`
        : `keep a plain ${base} in a field of a class of your own, or mark it @Exclude()`;
    return this.refuse(`an instance of ${name}, which would be read back as a plain ${base}: ${remedy}`);
  }

  private checkHarmless(value: object, prototype: object): void {
    const type: unknown = (value as { constructor?: unknown }).constructor;
    const name = isClass(type) ? type.name : 'unknown class';
    const remedy = isClass(type)
      ? `name its type with @Type(() => ${name}), or mark it @Exclude()`
      : 'mark it @Exclude()';
    if (isOpaque(value)) this.refuse(`a ${name}`);
    if (hasBehaviour(prototype)) this.refuse(`an instance of ${name}, whose methods would be lost: ${remedy}`);
    if (isClass(type) && isAnnotated(type)) {
      this.refuse(`an instance of ${name}, whose annotations would not be read: ${remedy}`);
    }
  }
}

/** Writes one item of a collection with the given writer. */
export type ItemWriter = (writer: PlainWriter, value: unknown) => Json;

const plainItem: ItemWriter = (writer, value) => writer.plain(value);

function builtInBase(value: object): string {
  for (const base of [Date, Map, Set, Array, Uint8Array]) if (value instanceof base) return base.name;
  return 'object';
}

export function isCarriedByTag(value: object): boolean {
  return value instanceof Date || isEntityId(value) || value instanceof Uint8Array || value instanceof Error;
}

/** Whether an object holds its content elsewhere than in its own keys. */
function isOpaque(value: object): boolean {
  return (
    value instanceof Promise ||
    value instanceof WeakMap ||
    value instanceof WeakSet ||
    value instanceof RegExp ||
    value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value)
  );
}

const behaviour = new WeakMap<object, boolean>();

/** Whether objects of this prototype have members other than data. */
function hasBehaviour(prototype: object): boolean {
  let known = behaviour.get(prototype);
  if (known === undefined) {
    known = false;
    for (
      let step: object | null = prototype;
      step !== null && step !== Object.prototype;
      step = Object.getPrototypeOf(step) as object | null
    ) {
      if (Reflect.ownKeys(step).some((name) => name !== 'constructor')) known = true;
    }
    behaviour.set(prototype, known);
  }
  return known;
}

export function keyStep(key: unknown): Step {
  if (typeof key === 'string') return { key };
  return typeof key === 'number' ? key : { key: typeof key };
}

export function setOwn(target: { [key: string]: unknown }, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else target[key] = value;
}

/** The class of an object. `undefined` for plain objects and for objects without a constructor. */
export function classOf(value: object): AnyClass | undefined {
  const prototype = Object.getPrototypeOf(value) as { constructor?: unknown } | null;
  return prototype !== null && prototype !== Object.prototype && isClass(prototype.constructor)
    ? prototype.constructor
    : undefined;
}
