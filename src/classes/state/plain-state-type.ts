import { InvalidArgumentError } from '../../errors/index.js';
import type { StateType } from '../../functions/state-type.js';
import type { CaptureNotes } from '../../model/capture-notes.js';
import { fromTree, type Json } from '../../model/values.js';
import type { AnyClass } from '../declarations.js';
import { PlainWriter } from './plain-writer.js';
import { shapeOf, type Shape } from './shapes.js';
import { StateReader } from './state-reader.js';

/** The state type of `getState(Number)`, `getState(Map)` and others: a value of a built-in type, stored in the form of function entities. */
export class PlainStateType implements StateType<unknown> {
  readonly typeName: string;

  constructor(
    private readonly type: AnyClass,
    private readonly shape: Shape,
  ) {
    this.typeName = type.name;
    if (shape.kind === 'any' && type !== Object) {
      throw new InvalidArgumentError(
        'getState',
        `a ${type.name} is not data`,
        'Give a class of data, or a function that returns the state.',
      );
    }
  }

  create(): unknown {
    const { kind } = this.shape;
    if (kind === 'bigint') return 0n;
    const scalar = kind === 'number' || kind === 'string' || kind === 'boolean';
    return scalar ? (this.type as unknown as () => unknown)() : new (this.type as new () => unknown)();
  }

  restore(stored: Json): unknown {
    return this.shape.kind === 'any' ? fromTree(stored) : new StateReader().value(this.shape, stored);
  }

  capture(live: unknown, notes?: CaptureNotes): Json {
    return new PlainWriter('state', notes).plain(live);
  }
}

/** The state type of a built-in class. `undefined` for a class of the program. */
export function plainStateType(type: AnyClass): StateType<unknown> | undefined {
  const shape = shapeOf(undefined, type, undefined);
  return shape.kind === 'class' ? undefined : new PlainStateType(type, shape);
}
