/**
 * Writes what no type is known of. Plain data stays plain; what JSON lacks is carried by the tags of `model/values`, as in
 * function entities. What would come back as something else (an object with methods) is refused.
 */
import { SerializationError } from '../../errors/index.js';
import { isEntityId } from '../../model/entity-id.js';
import { isMostlyHoles, toTree, type Json } from '../../model/values.js';
import type { AnyClass } from '../declarations.js';
import { isClass } from '../declarations.js';
import { Whereabouts, type Step } from './problems.js';
import { isAnnotated } from './transformer-metadata.js';

const depthMax = 500;

export class PlainWriter {
  protected readonly where: Whereabouts;
  private readonly open: object[] = [];

  constructor(root = '') {
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
        return value === null ? null : this.inside(value, () => this.plainObject(value));
      default:
        return this.refuse(typeof value);
    }
  }

  private plainObject(value: object): Json {
    if (Array.isArray(value)) return this.list(value, (item) => this.plain(item));
    if (value instanceof Map) return this.taggedMap(value, (item) => this.plain(item));
    if (value instanceof Set) return { $de: 'Set', v: this.list([...value], (item) => this.plain(item)) };
    if (isCarriedByTag(value)) return this.tree(value);
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype !== Object.prototype && prototype !== null) this.checkHarmless(value, prototype);
    return this.plainRecord(value as Record<string, unknown>);
  }

  /** A plain object; one with a key that looks like a tag is wrapped, so that it is never taken for one. */
  plainRecord(value: Record<string, unknown>): Json {
    const copy: { [key: string]: Json } = {};
    for (const key of Object.keys(value))
      setOwn(
        copy,
        key,
        this.at(key, () => this.plain(value[key])),
      );
    return Object.hasOwn(copy, '$de') ? { $de: 'object', v: copy } : copy;
  }

  protected taggedMap(map: ReadonlyMap<unknown, unknown>, item: (value: unknown) => Json): Json {
    return { $de: 'Map', v: this.entries(map, item) };
  }

  protected entries(map: ReadonlyMap<unknown, unknown>, item: (value: unknown) => Json): Json[] {
    return Array.from(map, ([key, value]) => this.at(keyStep(key), (): Json => [this.plain(key), item(value)]));
  }

  protected list(values: readonly unknown[], item: (value: unknown) => Json): Json[] {
    if (isMostlyHoles(values)) this.refuse('an array with too many holes');
    const copy: Json[] = new Array<Json>(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index];
      copy[index] = typeof value === 'string' || typeof value === 'boolean' ? value : this.at(index, () => item(value));
    }
    return copy;
  }

  protected at<R>(step: Step, write: () => R): R {
    this.where.steps.push(step);
    const written = write();
    this.where.steps.pop();
    return written;
  }

  /** Guards against cycles: an object that is being written is not written again below itself. */
  protected inside<R>(value: object, write: () => R): R {
    if (this.open.length >= depthMax) this.refuseDepth();
    this.open.push(value);
    const written = write();
    this.open.pop();
    return written;
  }

  /** Only looked at once it is too deep: a cycle is always too deep. */
  private refuseDepth(): never {
    const firstAgain = this.open.findIndex((value, index) => this.open.indexOf(value) !== index);
    if (firstAgain < 0) return this.refuse(`nested more than ${depthMax} deep`);
    this.where.steps.length = Math.min(this.where.steps.length, Math.max(1, firstAgain));
    return this.refuse('a cycle');
  }

  protected refuse(problem: string, cause?: unknown): never {
    throw new SerializationError(this.where.text(), problem, cause);
  }

  protected tree(value: unknown): Json {
    return toTree(value, this.where.text());
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

function isCarriedByTag(value: object): boolean {
  return value instanceof Date || isEntityId(value) || value instanceof Uint8Array || value instanceof Error;
}

/** What holds its content elsewhere than in its own keys. */
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

/** Whether there is anything but data to objects of this prototype. */
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

/** The class of an object; `undefined` for plain objects and for those without a constructor. */
export function classOf(value: object): AnyClass | undefined {
  const prototype = Object.getPrototypeOf(value) as { constructor?: unknown } | null;
  return prototype !== null && prototype !== Object.prototype && isClass(prototype.constructor)
    ? prototype.constructor
    : undefined;
}
