/** Queries of entities, and what is known of one. */
import { InvalidArgumentError, StateDeserializationError, UnknownEntityError } from '../errors/index.js';
import { instantMs } from '../model/duration.js';
import { EntityId } from '../model/entity-id.js';
import { idProblem } from '../model/text.js';
import type { EntityFilter, EntitySnapshot } from '../hub/snapshots.js';
import type { TaskHub } from '../hub/task-hub.js';
import type { Names } from '../ports/names.js';
import type { OptionNames } from '../model/options.js';
import { pageOptions, type PageOptions, type QuerySource } from './query.js';

/** What `queryEntities` takes; what is given must hold. */
export interface EntityQuery extends PageOptions {
  /** Exactly this one; upper and lower case do not differ. */
  readonly name?: string | undefined;
  /** How the key begins, exactly. */
  readonly keyPrefix?: string | undefined;
  /** Written at this instant or later. */
  readonly modifiedSince?: Date | number | undefined;
  /** Written before this instant. */
  readonly modifiedBefore?: Date | number | undefined;
  /** Whether states are read too; default: no. */
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

/** Where a token names the entity. */
export const tokenQueryOptions: OptionNames<Omit<EntityQuery, 'name'>> = others;

/** An entity that a query found. */
export interface EntitySummary<State = unknown> {
  readonly entityId: EntityId;
  /** When it was written last: its state, or its lock. */
  readonly lastModified: Date;
  /** Instance id of the orchestration that holds its lock. */
  readonly lockedBy: string | null;
  /** As `readEntityState` gives it; `undefined` if the query does not include states, or this one cannot be read. */
  readonly entityState: State | undefined;
  /** Why the state cannot be read: one such entity does not end the query. */
  readonly error: StateDeserializationError | undefined;
}

/** What `entityStatus` tells. */
export interface EntityStatus {
  /** Instance id of the orchestration that holds its lock, as committed. */
  readonly lockedBy: string | null;
  /** Messages that wait (operations and requests for its lock), without the one that runs. Scheduled ones count when due. */
  readonly backlog: number;
  /** The operation that runs now. */
  readonly currentOperation: string | null;
  /** Whether the active host has registered it: if not, its operations wait. `null` if another process has the active host. */
  readonly registered: boolean | null;
  /** When it was written last; `undefined`: never. */
  readonly lastModified: Date | undefined;
}

/** Entities exist when they have a state: one that is only locked or waited for is not found. */
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

/** `view`: reads a stored state. */
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

/** `undefined` if the entity does not exist, and nothing waits for it. */
export async function entityStatusOf(hub: TaskHub, id: EntityId): Promise<EntityStatus | undefined> {
  const stored = await hub.readEntity(id.toString());
  const { backlog, currentOperation, registered } = await hub.entityLoad(id.toString());
  // An expired entity is kept for its lock alone.
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

/** Where a query of entities reads. `view` reads a stored state; without it no state is read. */
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
