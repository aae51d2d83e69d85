/**
 * Base of entity classes whose state is separate from the object: only `state` is stored, never the object's own fields.
 *
 * Before an operation, `state` is the result of `initializeState` for a new entity, and the stored state for an existing one. After the
 * operation, `state` is stored. If it is `null` or `undefined` then, the entity is deleted.
 */
export abstract class TaskEntity<TState> {
  protected state!: TState;

  /** Returns the state of a new entity: plain data, or an instance of a class that can be built without arguments. */
  protected abstract initializeState(): TState;
}
