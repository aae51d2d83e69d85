import { StoredStateProblem, type StateType } from '../../functions/state-type.js';
import type { Json } from '../../model/values.js';
import type { Built, Services } from '../construction/services.js';
import type { AnyClass } from '../declarations.js';
import { schemaOf, type ClassSchema } from './class-schema.js';
import { flatCopy } from './flat-copy.js';
import { typeText } from './problems.js';
import { StateReader } from './state-reader.js';
import { StateWriter } from './state-writer.js';
import { currentForm, isFields, withVersion, type Versioning } from './stored-version.js';

export interface StateOptions extends Versioning {
  readonly missingMembers?: 'ignore' | 'error' | undefined;
}

/** The state of a class whose own fields are the state: built with services first, then filled from what is stored. */
export class ClassStateType implements StateType<object> {
  readonly typeName: string;
  private schema: ClassSchema | undefined;

  constructor(
    private readonly type: AnyClass,
    private readonly options: StateOptions,
    private readonly services: Services,
    private readonly values: readonly unknown[],
  ) {
    this.typeName = type.name;
  }

  create(): object {
    const { instance, injected } = this.build();
    schemaOf(this.type).learn(instance, injected);
    return instance;
  }

  restore(stored: Json): object {
    const instance = this.create();
    fill(instance, this.type, stored, this.options);
    return instance;
  }

  capture(live: object): Json {
    const schema = (this.schema ??= schemaOf(this.type));
    return withVersion(flatCopy(live, schema.fields) ?? new StateWriter().object(live, schema), this.options);
  }

  private build(): Built {
    return this.services.build(this.type, this.values);
  }
}

/** @throws StoredStateProblem */
export function fill(instance: object, type: AnyClass, stored: Json, options: StateOptions): void {
  new StateReader().populate(
    instance,
    fieldsOf(currentForm(stored, options)),
    schemaOf(type),
    options.missingMembers ?? 'ignore',
  );
}

/** The stored fields of an object. @throws StoredStateProblem when something else is stored */
export function fieldsOf(stored: Json): { [key: string]: Json } {
  if (isFields(stored)) return stored;
  // A function entity writes an object that has a field `$de` in this wrapping.
  const wrapped = typeof stored === 'object' && stored !== null && !Array.isArray(stored) && stored['$de'] === 'object';
  if (wrapped) return stored['v'];
  throw new StoredStateProblem('state', `${typeText(stored)} is stored where an object is expected`);
}
