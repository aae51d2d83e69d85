import type { CaptureNotes } from '../model/capture-notes.js';
import type { Json } from '../model/values.js';

/**
 * Creates, restores and captures live values of a state. Programs give a state type to `getState` if plain data is not enough. The class
 * layer has one state type per class.
 */
export interface StateType<T> {
  readonly typeName: string;
  /** The initial state of an entity. The caller of the operation gets an EntityConstructionError for any error that this method throws. */
  create(): T;
  /**
   * The live value of a captured one. The result may use parts of `stored`. The caller of the operation gets a StateDeserializationError
   * for a StoredStateProblem that this method throws, and an EntityConstructionError for any other error.
   */
  restore(stored: Json): T;
  /**
   * A copy of the live value as JSON that shares no objects with it. The caller of the operation gets a StateSerializationError for a
   * SerializationError that this method throws.
   * @param notes records places where `restore` would return something else than the live value. With notes, the entity is reloaded.
   */
  capture(live: T, notes?: CaptureNotes): Json;
}

/** Error of `restore`: the stored JSON does not fit the type. */
export class StoredStateProblem extends Error {
  constructor(
    /** Place of the problem, e.g. `contacts["ann"].age`. */
    readonly path: string,
    readonly problem: string,
    cause?: unknown,
  ) {
    super(`${path}: ${problem}`, cause === undefined ? undefined : { cause });
    this.name = 'StoredStateProblem';
  }
}
