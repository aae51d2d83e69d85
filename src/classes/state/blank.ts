/** Makes objects of nested classes as class-transformer does: with their constructor, without arguments. */
import type { AnyClass } from '../declarations.js';
import { schemaOf } from './class-schema.js';
import { classOf } from './plain-writer.js';

/** Form of an object that a constructor makes, before stored fields are read into it. */
export interface Made {
  readonly type: AnyClass | undefined;
  /** Fields that hold objects of classes. */
  readonly parts: ReadonlyMap<string, Made>;
  /** Own fields that cannot be set. */
  readonly locked: readonly string[];
}

const blanks = new WeakMap<AnyClass, Made>();

/** Checks once per class that its constructor works without arguments, and learns its fields. @throws the error of the constructor */
export function blankOf(type: AnyClass): Made {
  let made = blanks.get(type);
  if (made === undefined) blanks.set(type, (made = madeOf(makeBlank(type))));
  return made;
}

/** A new object of the class. @throws the error of its constructor */
export function makeBlank(type: AnyClass): object {
  const blank = new (type as new () => object)();
  schemaOf(type).learn(blank);
  return blank;
}

/** The form of an object that was just built. */
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
