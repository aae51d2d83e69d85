import { InvalidArgumentError } from '../../errors/index.js';
import type { StateType } from '../../functions/state-type.js';
import type { CaptureNotes } from '../../model/capture-notes.js';
import { fromTree, type Json } from '../../model/values.js';
import type { AnyClass } from '../declarations.js';
import { PlainWriter } from './plain-writer.js';
import { shapeOf, type Shape } from './shapes.js';
import { StateReader } from './state-reader.js';

/** The state of `getState(Number)`, `getState(Map)` and the like: a value of the language, stored as function entities store it. */
export class PlainStateType implements StateType<unknown> {
  readonly typeName: string;

  constructor(
    private readonly type: AnyClass,
    private readonly shape: Shape,
  ) {
    this.typeName = type.name;
    if (shape.kind === 'any' && type !== Object) {
      throw new InvalidArgumentError('getState', `a ${type.name} is no data`, 'Give a class of data, or a function.');
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

/** `undefined` for a class of the user's. */
export function plainStateType(type: AnyClass): StateType<unknown> | undefined {
  const shape = shapeOf(undefined, type, undefined);
  return shape.kind === 'class' ? undefined : new PlainStateType(type, shape);
}
