/**
 * Base of entity classes whose state is apart from the class: only `state` is stored, never the object's own fields.
 *
 * `state` is what `initializeState` returned for a new entity, and what was stored for an existing one; after each
 * operation it is stored again. Setting it to `null` or `undefined` deletes the entity.
 */
export abstract class TaskEntity<TState> {
  protected state!: TState;

  /** The state of an entity that has none. Plain data, or an instance of a class that can be built without arguments. */
  protected abstract initializeState(): TState;
}
