import { SerializationError } from '../../errors/index.js';
import { StoredStateProblem, type StateType } from '../../functions/state-type.js';
import type { CaptureNotes } from '../../model/capture-notes.js';
import type { Json } from '../../model/values.js';
import type { Injected, Services } from '../construction/services.js';
import type { AnyClass } from '../declarations.js';
import { madeOf, type Made } from './blank.js';
import { schemaOf, type ClassSchema } from './class-schema.js';
import { flatCopy } from './flat-copy.js';
import { typeText } from './problems.js';
import { StateReader } from './state-reader.js';
import { StateWriter } from './state-writer.js';
import { currentForm, isFields, withVersion, type Versioning } from './stored-version.js';

export interface StateOptions extends Versioning {
  readonly missingMembers?: 'ignore' | 'error' | undefined;
}

/** The state type of a class whose own fields are the state. An object is built with its services, and then filled with the stored fields. */
export class ClassStateType implements StateType<object> {
  readonly typeName: string;
  private readonly schema: ClassSchema;
  /** Form of a new object, before stored fields are read into it. */
  private made: Made | undefined;
  /** Injected texts and numbers by object, with their fields. */
  private readonly given = new WeakMap<object, readonly (readonly [field: string, value: unknown])[]>();
  private anyGiven = false;

  constructor(
    private readonly type: AnyClass,
    private readonly options: StateOptions,
    private readonly services: Services,
    private readonly values: readonly unknown[],
  ) {
    this.typeName = type.name;
    this.schema = schemaOf(type);
  }

  create(): object {
    const { instance, injected } = this.services.build(this.type, this.values);
    this.schema.learn(instance, injected);
    this.made ??= madeOf(instance);
    if (injected.fields.size > 0) this.keepGiven(instance, injected);
    return instance;
  }

  restore(stored: Json): object {
    const instance = this.create();
    fill(instance, this.type, stored, this.options);
    return instance;
  }

  capture(live: object, notes?: CaptureNotes): Json {
    if (this.anyGiven) this.checkGiven(live);
    const { schema } = this;
    return withVersion(
      flatCopy(live, schema.fields) ?? new StateWriter('', notes).object(live, schema, this.made),
      this.options,
    );
  }

  private keepGiven(instance: object, { fields }: Injected): void {
    const given = [...fields].filter(([key, value]) => isScalar(value) && this.schema.isLeftOut(key));
    if (given.length === 0) return;
    this.anyGiven = true;
    this.given.set(instance, given);
  }

  /** Refuses a changed injected value: injected values are never stored, so the change would be lost. */
  private checkGiven(live: object): void {
    for (const [key, value] of this.given.get(live) ?? []) {
      if (Object.is((live as Record<string, unknown>)[key], value)) continue;
      throw new SerializationError(
        key,
        'it was injected, so it is never stored, and it was changed: keep what changes in a field of its own, or mark it @Expose()',
      );
    }
  }
}

function isScalar(value: unknown): boolean {
  return value !== null && value !== undefined && typeof value !== 'object' && typeof value !== 'function';
}

/** Reads a stored state into an object. @throws StoredStateProblem */
export function fill(instance: object, type: AnyClass, stored: Json, options: StateOptions): void {
  new StateReader().populate(
    instance,
    fieldsOf(currentForm(stored, options)),
    schemaOf(type),
    options.missingMembers ?? 'ignore',
  );
}

/** The stored fields of an object. @throws StoredStateProblem if the stored value is not an object */
export function fieldsOf(stored: Json): { [key: string]: Json } {
  if (isFields(stored)) return stored;
  // A function entity wraps an object that has a field `$de`.
  const wrapped = typeof stored === 'object' && stored !== null && !Array.isArray(stored) && stored['$de'] === 'object';
  if (wrapped) return stored['v'];
  throw new StoredStateProblem('state', `${typeText(stored)} is stored where an object is expected`);
}
