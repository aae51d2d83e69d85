/** Makes the states that clients see of stored ones. */
import { StateDeserializationError } from '../errors/index.js';
import { StoredStateProblem } from '../functions/state-type.js';
import type { ClassSupport } from '../functions/support.js';
import type { EntityToken } from '../functions/tokens.js';
import { isEntityId, type EntityId } from '../model/entity-id.js';
import type { Json } from '../model/values.js';
import type { EntityStateResponse } from './client-options.js';

export class StateView {
  constructor(private readonly classes: ClassSupport) {}

  stateOf(first: unknown, id: EntityId, stored: string | null): EntityStateResponse<unknown> {
    if (stored === null) return { entityExists: false, entityState: undefined };
    return { entityExists: true, entityState: this.view(first, id, stored) };
  }

  view(first: unknown, id: EntityId, stored: string): unknown {
    try {
      const token = isEntityId(first) ? undefined : (first as EntityToken<unknown>);
      return this.classes.viewState(id, JSON.parse(stored) as Json, token);
    } catch (error) {
      const [path, problem] =
        error instanceof StoredStateProblem
          ? [error.path, error.problem]
          : ['state', error instanceof Error ? error.message : String(error)];
      throw new StateDeserializationError(id, 'readEntityState', path, problem, error);
    }
  }
}
