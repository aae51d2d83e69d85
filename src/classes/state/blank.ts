/** Objects of nested classes, as class-transformer makes them: by their constructor, without arguments. */
import type { AnyClass } from '../declarations.js';
import { schemaOf } from './class-schema.js';
import { classOf } from './plain-writer.js';

/** What a constructor makes, before anything is read into it. */
export interface Made {
  readonly type: AnyClass | undefined;
  /** Its fields that hold objects of classes. */
  readonly parts: ReadonlyMap<string, Made>;
  /** Own fields that cannot be set. */
  readonly locked: readonly string[];
}

const blanks = new WeakMap<AnyClass, Made>();

/** Proves once per class that it can be built, and learns its fields. @throws what the constructor throws */
export function blankOf(type: AnyClass): Made {
  let made = blanks.get(type);
  if (made === undefined) blanks.set(type, (made = madeOf(makeBlank(type))));
  return made;
}

/** A new object of the class. @throws what its constructor throws */
export function makeBlank(type: AnyClass): object {
  const blank = new (type as new () => object)();
  schemaOf(type).learn(blank);
  return blank;
}

/** What was made of an object that was just built. */
export function madeOf(object: object, known = new Map<object, Made>()): Made {
  const found = known.get(object);
  if (found !== undefined) return found;
  const parts = new Map<string, Made>();
  const locked: string[] = [];
  const made: Made = { type: classOf(object), parts, locked };
  known.set(object, made);
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
    if (descriptor.enumerable !== true) continue;
    if (descriptor.writable !== true && descriptor.set === undefined) locked.push(key);
    const value: unknown = descriptor.value;
    if (typeof value === 'object' && value !== null && classOf(value) !== undefined)
      parts.set(key, madeOf(value, known));
  }
  return made;
}
