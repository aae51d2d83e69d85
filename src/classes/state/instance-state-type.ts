import type { StateType } from '../../functions/state-type.js';
import type { CaptureNotes } from '../../model/capture-notes.js';
import type { Json } from '../../model/values.js';
import { constructorSource } from '../construction/constructor-source.js';
import { lineage, type AnyClass } from '../declarations.js';
import { madeOf, type Made } from './blank.js';
import { fill, type StateOptions } from './class-state-type.js';
import { schemaOf } from './class-schema.js';
import { StateWriter } from './state-writer.js';
import { withVersion } from './stored-version.js';

/** The state type of an object that the program built, for `context.dispatch(new Counter(bank))`. */
export class InstanceStateType implements StateType<object> {
  readonly typeName: string;
  /** Copy of the object's fields when the program gave it. A rolled back operation starts from it again. */
  private readonly pristine: Json;
  private readonly made: Made;
  private used = false;

  constructor(
    private readonly type: AnyClass,
    private readonly options: StateOptions,
    private readonly instance: object,
  ) {
    this.typeName = type.name;
    const assigned = new Set(lineage(type).flatMap((step) => [...constructorSource(step).assigned.keys()]));
    schemaOf(type).learn(instance, { values: [], fields: new Map(), assigned, byUser: true });
    this.made = madeOf(instance);
    this.pristine = new StateWriter().object(instance, schemaOf(type), this.made);
  }

  create(): object {
    if (this.used) fill(this.instance, this.type, structuredClone(this.pristine), {});
    this.used = true;
    return this.instance;
  }

  restore(stored: Json): object {
    this.create();
    fill(this.instance, this.type, stored, this.options);
    return this.instance;
  }

  capture(live: object, notes?: CaptureNotes): Json {
    return withVersion(new StateWriter('', notes).object(live, schemaOf(this.type), this.made), this.options);
  }
}
