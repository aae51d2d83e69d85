import { InvalidArgumentError } from '../../errors/index.js';
import { toTree, type Json } from '../../model/values.js';
import type { ClassSchema } from './class-schema.js';
import { setOwn } from './plain-writer.js';
import { shapeOf } from './shapes.js';
import { StateReader } from './state-reader.js';

/** Revives inputs: as states are read, but what the class does not declare stays, as class-transformer has it. */
class InputReader extends StateReader {
  protected override fields(target: object, stored: { [key: string]: Json }, schema: ClassSchema): void {
    super.fields(target, stored, schema);
    for (const key of Object.keys(stored)) {
      if (schema.storedAs(key) !== undefined || schema.field(key) !== undefined || key in target) continue;
      setOwn(target as { [key: string]: unknown }, key, this.plain(stored[key] as Json));
    }
  }
}

/** What makes an input an object of this class; nothing where there is no input. @throws StoredStateProblem */
export function inputReviver(type: unknown): (input: unknown) => unknown {
  const shape = shapeOf(undefined, type, undefined);
  if (shape.kind === 'any')
    throw new InvalidArgumentError('input option', 'it is neither a class nor a Standard Schema');
  return (input) => new InputReader('input').value(shape, toTree(input, 'input'));
}
