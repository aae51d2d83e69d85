/** Queries of entities, and what is known of one. */
import { InvalidArgumentError, StateDeserializationError, UnknownEntityError } from '../errors/index.js';
import { instantMs } from '../model/duration.js';
import { EntityId } from '../model/entity-id.js';
import { isExpired, readMeta } from '../model/entity-meta.js';
import { idProblem } from '../model/text.js';
import type { Intake } from '../ports/intake.js';
import type { Names } from '../ports/names.js';
import type { InstanceFilter, InstanceRow } from '../engines/sql/ports/store.js';
import type { OptionNames } from '../model/options.js';
import { pageOptions, type PageOptions } from './query.js';

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
export function entityFilter(query: EntityQuery, names: Names): InstanceFilter {
  const { name, keyPrefix = '' } = query;
  const problem = idProblem(keyPrefix);
  if (problem !== undefined) throw new InvalidArgumentError('keyPrefix', problem, 'Give the beginning of a key.');
  return {
    kind: 'entity',
    present: true,
    ...(name === undefined ? { keyPrefix } : namedFilter(name, keyPrefix, names)),
    ...(query.modifiedSince !== undefined && { updatedFromMs: instantMs(query.modifiedSince, 'modifiedSince') }),
    ...(query.modifiedBefore !== undefined && { updatedToMs: instantMs(query.modifiedBefore, 'modifiedBefore') }),
  };
}

function namedFilter(given: string, keyPrefix: string, names: Names): Pick<InstanceFilter, 'name' | 'idPrefix'> {
  const { name } = new EntityId(given, '');
  if (!names.knows('entity', name)) throw new UnknownEntityError(name, names.list('entity'));
  return { name, idPrefix: `@${name}@${keyPrefix}` };
}

/** The state of an entity's row; `null`: it does not exist, or not any more. */
export function presentState(row: InstanceRow | undefined, intake: Pick<Intake, 'hubTimeMs'>): string | null {
  return row === undefined || isExpired(row, intake.hubTimeMs()) ? null : row.state;
}

export function lockHolderOf({ meta }: InstanceRow): string | null {
  try {
    return readMeta(meta).lock?.instance ?? null;
  } catch {
    // A row that cannot be read stops nobody: its entity waits.
    return null;
  }
}

/** `view`: reads a stored state. */
export function summaryOf(
  row: InstanceRow,
  view: ((id: EntityId, stored: string) => unknown) | undefined,
): EntitySummary {
  const entityId = new EntityId(row.name, row.key);
  const summary = {
    entityId,
    lastModified: new Date(row.updatedAtMs),
    lockedBy: lockHolderOf(row),
    entityState: undefined as unknown,
    error: undefined as StateDeserializationError | undefined,
  };
  if (view === undefined || row.state === null) return summary;
  try {
    summary.entityState = view(entityId, row.state);
  } catch (error) {
    if (!(error instanceof StateDeserializationError)) throw error;
    summary.error = error;
  }
  return summary;
}

/** `undefined`: it does not exist, and nothing waits for it. */
export async function entityStatusOf(intake: Intake, id: EntityId): Promise<EntityStatus | undefined> {
  const stored = await intake.read(id.toString());
  const { backlog, currentOperation, registered } = await intake.entityLoad(id.toString());
  // What is over is kept for its lock alone.
  const gone = stored !== undefined && isExpired(stored, intake.hubTimeMs()) && lockHolderOf(stored) === null;
  const row = gone ? undefined : stored;
  if (row === undefined && backlog === 0 && currentOperation === null) return undefined;
  return {
    lockedBy: row === undefined ? null : lockHolderOf(row),
    backlog,
    currentOperation,
    registered,
    lastModified: row === undefined ? undefined : new Date(row.updatedAtMs),
  };
}
