/** Makes snapshots, which clients of any engine read, from rows of this engine. */
import type {
  DeadLetterSnapshot,
  EntityFilter,
  EntitySnapshot,
  RunEnd,
  RunFilter,
  RunSnapshot,
} from '../../hub/snapshots.js';
import { readMeta, type EntityMeta } from './model/entity-meta.js';
import type { RunRecord } from './model/run-record.js';
import type { RuntimeStatus } from '../../model/runtime-status.js';
import { readDeadLetter, readRunRecord } from './model/stored.js';
import type { DeadLetter, InstanceFilter, InstanceRow } from './ports/store.js';

export function entitySnapshot(row: InstanceRow, hubTimeMs: number): EntitySnapshot {
  const { expires, lock } = metaOf(row);
  const expired = expires !== undefined && expires <= hubTimeMs;
  return {
    id: row.id,
    name: row.name,
    key: row.key,
    state: expired ? undefined : (row.state ?? undefined),
    lockedBy: lock?.instance,
    expired,
    updatedAtMs: row.updatedAtMs,
  };
}

/** A row that cannot be read must not stop a query. */
function metaOf({ meta }: InstanceRow): EntityMeta {
  try {
    return readMeta(meta);
  } catch {
    return {};
  }
}

/**
 * `undefined` if the row is not that of an orchestration instance.
 * @param input the input of the execution, or the reason why it cannot be read, if the record does not hold it (`executionWithInput`)
 */
export function runSnapshot(row: InstanceRow | undefined, input?: string | Error): RunSnapshot | undefined {
  if (row?.kind !== 'orchestration' || row.state === null) return undefined;
  try {
    const record = readRunRecord(row.id, row.state);
    if (record.inputIn !== 'history') return snapshotOf(row, record, undefined);
    if (input instanceof Error) return snapshotOf(row, record, input);
    return snapshotOf(row, { ...record, input }, undefined);
  } catch (error) {
    return snapshotOf(row, undefined, error as Error);
  }
}

function snapshotOf(row: InstanceRow, record: RunRecord | undefined, problem: Error | undefined): RunSnapshot {
  return {
    id: row.id,
    name: record?.name ?? row.name,
    version: record?.version ?? 1,
    status: record?.status ?? (row.status as RuntimeStatus),
    execution: record?.execution,
    input: record?.input,
    output: record?.output,
    error: record?.error,
    customStatus: record?.customStatus,
    reason: record?.reason,
    unreadEvents: record?.unread?.names ?? [],
    unreadEventCount: record?.unread?.count ?? 0,
    awaitedEvents: record?.awaited ?? [],
    missingCode: [...new Set(Object.values(record?.missing ?? {}))],
    parent: record?.parent?.instance,
    tags: Object.entries(record?.tags ?? {}),
    startsAtMs: record?.startsAtMs,
    createdAtMs: row.createdAtMs,
    updatedAtMs: row.updatedAtMs,
    endedAtMs: row.endedAtMs ?? undefined,
    problem,
  };
}

export function runEnd({ name, status, output, error, reason }: RunRecord): RunEnd {
  return { name, status, output, error, reason };
}

export function deadLetterSnapshot({ id, target, body, attempts, reason, atMs }: DeadLetter): DeadLetterSnapshot {
  return { id, target, operation: operationOf(id, body), attempts, reason, atMs };
}

function operationOf(id: number, body: string): string | undefined {
  try {
    return readDeadLetter(id, body).operation;
  } catch {
    return undefined;
  }
}

/** The filter for entities that exist at this hub time: those with a state that has not expired. */
export function entityRows(
  { name, keyPrefix = '', updatedFromMs, updatedToMs }: EntityFilter,
  hubTimeMs: number,
): InstanceFilter {
  return {
    kind: 'entity',
    present: true,
    aliveAtMs: hubTimeMs,
    ...(name === undefined ? { keyPrefix } : { name, idPrefix: `@${name}@${keyPrefix}` }),
    ...(updatedFromMs !== undefined && { updatedFromMs }),
    ...(updatedToMs !== undefined && { updatedToMs }),
  };
}

export function runRows({
  name,
  idPrefix = '',
  statuses,
  createdFromMs,
  createdToMs,
  ...rest
}: RunFilter): InstanceFilter {
  return {
    kind: 'orchestration',
    idPrefix,
    ...(name !== undefined && { name }),
    ...(statuses !== undefined && { statuses }),
    ...(createdFromMs !== undefined && { createdFromMs }),
    ...(createdToMs !== undefined && { createdToMs }),
    ...(rest.endedBeforeMs !== undefined && { endedBeforeMs: rest.endedBeforeMs }),
    ...(rest.parent !== undefined && { parent: rest.parent }),
    ...(rest.tags !== undefined && { tags: rest.tags }),
  };
}
