import { InvalidArgumentError } from '../../errors/index.js';
import { toTree, type Json } from '../../model/values.js';
import type { ClassSchema } from './class-schema.js';
import { setOwn } from './plain-writer.js';
import { shapeOf } from './shapes.js';
import { StateReader } from './state-reader.js';

/** Converts inputs to objects of a class, as states are read. Fields that the class does not declare are kept, as class-transformer does. */
class InputReader extends StateReader {
  protected override fields(target: object, stored: { [key: string]: Json }, schema: ClassSchema): void {
    super.fields(target, stored, schema);
    for (const key of Object.keys(stored)) {
      if (schema.storedAs(key) !== undefined || schema.field(key) !== undefined || key in target) continue;
      setOwn(target as { [key: string]: unknown }, key, this.plain(stored[key] as Json));
    }
  }
}

/** A function that makes an object of this class of an input, and `undefined` of an absent one. The function throws StoredStateProblem. */
export function inputReviver(type: unknown): (input: unknown) => unknown {
  const shape = shapeOf(undefined, type, undefined);
  if (shape.kind === 'any')
    throw new InvalidArgumentError('input option', 'it is neither a class nor a Standard Schema');
  return (input) => new InputReader('input').value(shape, toTree(input, 'input'));
}
