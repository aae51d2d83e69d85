/** Objects of nested classes, as class-transformer makes them: by their constructor, without arguments. */
import type { AnyClass } from '../declarations.js';
import { schemaOf } from './class-schema.js';

const proven = new WeakSet<AnyClass>();

/** Proves once per class that it can be built, and learns its fields. @throws what the constructor throws */
export function blankOf(type: AnyClass): void {
  if (proven.has(type)) return;
  makeBlank(type);
  proven.add(type);
}

/** A new object of the class. @throws what its constructor throws */
export function makeBlank(type: AnyClass): object {
  const blank = new (type as new () => object)();
  schemaOf(type).learn(blank);
  return blank;
}
