/** Queries of entities, and the status of one entity. */
import { InvalidArgumentError, StateDeserializationError, UnknownEntityError } from '../errors/index.js';
import { instantMs } from '../model/duration.js';
import { EntityId } from '../model/entity-id.js';
import { idProblem } from '../model/text.js';
import type { EntityFilter, EntitySnapshot } from '../hub/snapshots.js';
import type { TaskHub } from '../hub/task-hub.js';
import type { Names } from '../ports/names.js';
import type { OptionNames } from '../model/options.js';
import { pageOptions, type PageOptions, type QuerySource } from './query.js';

/** Conditions of `queryEntities`. An entity is returned if all given conditions hold. */
export interface EntityQuery extends PageOptions {
  /** Name of the entity, in upper or lower case. */
  readonly name?: string | undefined;
  /** Beginning of the key. Upper and lower case differ. */
  readonly keyPrefix?: string | undefined;
  /** Written at this instant or later. A number is ms since 1970 (UTC). */
  readonly modifiedSince?: Date | number | undefined;
  /** Written before this instant. A number is ms since 1970 (UTC). */
  readonly modifiedBefore?: Date | number | undefined;
  /** Whether the query reads states too. Default: `false`. */
  readonly includeState?: boolean | undefined;
}

export const entityQueryOptions: OptionNames<EntityQuery> = {
  name: true,
  keyPrefix: true,
  modifiedSince: true,
  modifiedBefore: true,
  includeState: true,
  ...pageOptions,
};

const { name: _name, ...others } = entityQueryOptions;

/** Options of a query whose entity is named by a token. */
export const tokenQueryOptions: OptionNames<Omit<EntityQuery, 'name'>> = others;

/** An entity that a query found. */
export interface EntitySummary<State = unknown> {
  readonly entityId: EntityId;
  /** When the entity was written last: its state, its lock or its scheduled signals. */
  readonly lastModified: Date;
  /** Instance id of the orchestration that holds the lock of the entity. `null` if the entity is not locked. */
  readonly lockedBy: string | null;
  /** The state, as `readEntityState` returns it. `undefined` if the query does not include states, or if the state cannot be read. */
  readonly entityState: State | undefined;
  /** Why the state cannot be read. `undefined` if it can. An unreadable state does not end the query. */
  readonly error: StateDeserializationError | undefined;
}

/** Result of `entityStatus`. */
export interface EntityStatus {
  /** Instance id of the orchestration that holds the lock of the entity, as committed. `null` if the entity is not locked. */
  readonly lockedBy: string | null;
  /** Number of messages that wait: operations, and requests for the lock. The running one is not counted. A scheduled one counts once it is due. */
  readonly backlog: number;
  /** The operation that runs now. `null` if none runs, or if another process has the active host. */
  readonly currentOperation: string | null;
  /** Whether the active host has registered the entity. If not, its operations wait. `null` if another process has the active host. */
  readonly registered: boolean | null;
  /** When the entity was written last. `undefined` if nothing of it is stored. */
  readonly lastModified: Date | undefined;
}

/**
 * The filter of the hub for a query. Entities without a state are never found.
 * @throws InvalidArgumentError, InvalidEntityIdError, UnknownEntityError
 */
export function entityFilter(query: EntityQuery, names: Names): EntityFilter {
  const { name, keyPrefix = '', modifiedSince, modifiedBefore } = query;
  const problem = idProblem(keyPrefix);
  if (problem !== undefined) throw new InvalidArgumentError('keyPrefix', problem, 'Give the beginning of a key.');
  return {
    name: name === undefined ? undefined : knownName(name, names),
    keyPrefix,
    updatedFromMs: modifiedSince === undefined ? undefined : instantMs(modifiedSince, 'modifiedSince'),
    updatedToMs: modifiedBefore === undefined ? undefined : instantMs(modifiedBefore, 'modifiedBefore'),
  };
}

function knownName(given: string, names: Names): string {
  const { name } = new EntityId(given, '');
  if (!names.knows('entity', name)) throw new UnknownEntityError(name, names.list('entity'));
  return name;
}

/** @param view makes the state that a client sees of a stored one; `undefined` if the query does not include states */
function summaryOf(
  entity: EntitySnapshot,
  view: ((id: EntityId, stored: string) => unknown) | undefined,
): EntitySummary {
  const entityId = new EntityId(entity.name, entity.key);
  const summary = {
    entityId,
    lastModified: new Date(entity.updatedAtMs),
    lockedBy: entity.lockedBy ?? null,
    entityState: undefined as unknown,
    error: undefined as StateDeserializationError | undefined,
  };
  if (view === undefined || entity.state === undefined) return summary;
  try {
    summary.entityState = view(entityId, entity.state);
  } catch (error) {
    if (!(error instanceof StateDeserializationError)) throw error;
    summary.error = error;
  }
  return summary;
}

/** Resolves with `undefined` if the entity does not exist, and no message waits for it. */
export async function entityStatusOf(hub: TaskHub, id: EntityId): Promise<EntityStatus | undefined> {
  const stored = await hub.readEntity(id.toString());
  const { backlog, currentOperation, registered } = await hub.entityLoad(id.toString());
  // An expired entity does not exist any more. Its row stays only while the entity is locked.
  const gone = stored?.expired === true && stored.lockedBy === undefined;
  const entity = gone ? undefined : stored;
  if (entity === undefined && backlog === 0 && currentOperation === null) return undefined;
  return {
    lockedBy: entity?.lockedBy ?? null,
    backlog,
    currentOperation,
    registered,
    lastModified: entity === undefined ? undefined : new Date(entity.updatedAtMs),
  };
}

/** Source of a query of entities. `view` makes the state that a client sees of a stored one; without it the query reads no state. */
export function entitySource(
  hub: TaskHub,
  filter: EntityFilter,
  view: ((id: EntityId, stored: string) => unknown) | undefined,
): QuerySource<EntitySummary> {
  return {
    kind: 'entity',
    async read(page) {
      const found = await hub.queryEntities(filter, page, view !== undefined);
      return found.map((entity) => [entity.id, summaryOf(entity, view)] as const);
    },
    count: () => hub.countEntities(filter),
  };
}
