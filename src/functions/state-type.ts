import type { CaptureNotes } from '../model/capture-notes.js';
import type { Json } from '../model/values.js';

/**
 * How a live state value is made, restored and captured. What `getState` takes when plain data is not enough;
 * the class layer is built on one of these per class.
 */
export interface StateType<T> {
  readonly typeName: string;
  /** The state of an entity that has none. @throws anything: EntityConstructionError to the caller */
  create(): T;
  /** The live value of a captured one; `stored` is taken over. @throws StoredStateProblem: StateDeserializationError to the caller; anything else: EntityConstructionError */
  restore(stored: Json): T;
  /**
   * A copy of the live value as JSON that shares nothing with it.
   * @param notes takes places where `restore` gives something else than the live value; then the entity is reloaded
   * @throws SerializationError: StateSerializationError to the caller
   */
  capture(live: T, notes?: CaptureNotes): Json;
}

/** Thrown by `restore`: the stored JSON does not fit the type. */
export class StoredStateProblem extends Error {
  constructor(
    /** Where, e.g. `contacts["ann"].age`. */
    readonly path: string,
    readonly problem: string,
    cause?: unknown,
  ) {
    super(`${path}: ${problem}`, cause === undefined ? undefined : { cause });
    this.name = 'StoredStateProblem';
  }
}
