import type { StateType } from '../../functions/state-type.js';
import type { CaptureNotes } from '../../model/capture-notes.js';
import type { Json } from '../../model/values.js';
import type { AnyClass } from '../declarations.js';
import { madeOf, type Made } from './blank.js';
import { fieldsOf, type StateOptions } from './class-state-type.js';
import { schemaOf } from './class-schema.js';
import { classOf } from './plain-writer.js';
import { anyShape } from './shapes.js';
import { StateReader } from './state-reader.js';
import { StateWriter } from './state-writer.js';
import { currentForm, withVersion } from './stored-version.js';

/** A TaskEntity whose protected members are accessible here. */
export interface TaskObject {
  state: unknown;
  initializeState(): unknown;
}

/** The state of a TaskEntity: its property `state`, without other fields of the object. */
export class TaskStateType implements StateType<object> {
  readonly typeName: string;
  /** The class of the state, or `'plain'` for plain data. `undefined` while that is unknown. */
  private stateClass: AnyClass | 'plain' | undefined;
  /** The form of a new state, before stored fields are read into it. */
  private made: Made | undefined;

  constructor(
    type: AnyClass,
    private readonly options: StateOptions,
    private readonly build: () => object,
  ) {
    this.typeName = type.name;
  }

  get known(): boolean {
    return this.stateClass !== undefined;
  }

  /** The class of the state. `undefined` if the state is plain data, or if its class is not known yet. */
  get classOfState(): AnyClass | undefined {
    return this.stateClass === 'plain' ? undefined : this.stateClass;
  }

  create(): object {
    const task = this.build() as TaskObject;
    task.state = task.initializeState();
    this.learn(task.state);
    return task;
  }

  restore(stored: Json): object {
    const task = this.build() as TaskObject;
    const json = currentForm(stored, this.options);
    if (this.stateClass === undefined) this.probe(task);
    if (this.stateClass === 'plain' || this.stateClass === undefined) {
      task.state = new StateReader().value(anyShape, json);
    } else {
      task.state = task.initializeState();
      const target = task.state as object;
      new StateReader().populate(
        target,
        fieldsOf(json),
        schemaOf(this.stateClass),
        this.options.missingMembers ?? 'ignore',
      );
    }
    return task;
  }

  capture(live: object, notes?: CaptureNotes): Json {
    const { state } = live as TaskObject;
    const type = typeof state === 'object' && state !== null ? classOf(state) : undefined;
    const writer = new StateWriter('state', notes);
    const json =
      type !== undefined && type === this.stateClass
        ? writer.object(state as object, schemaOf(type), this.made)
        : writer.plain(state);
    return withVersion(json, this.options);
  }

  /** Creates one new state per class. Only a new state shows whether stored ones become objects of a class. */
  private probe(task: TaskObject): void {
    try {
      this.learn(task.initializeState());
    } catch {
      // If `initializeState` fails, the state of an existing entity is read as plain data.
      this.stateClass = 'plain';
    }
  }

  private learn(state: unknown): void {
    const type = typeof state === 'object' && state !== null ? classOf(state) : undefined;
    if (type === undefined || isCarried(state)) this.stateClass = 'plain';
    else {
      this.stateClass = type;
      this.made ??= madeOf(state as object);
      schemaOf(type).learn(state as object);
    }
  }
}

/** Whether the plain form stores this object with a tag. */
function isCarried(state: unknown): boolean {
  return (
    Array.isArray(state) ||
    state instanceof Map ||
    state instanceof Set ||
    state instanceof Date ||
    state instanceof Uint8Array
  );
}
