/** What clients see of a stored orchestration. */
import { decodeError } from '../model/error-details.js';
import type { RuntimeStatus } from '../model/runtime-status.js';
import { readingRun, readRunRecord } from '../model/stored.js';
import { tagsOf, type RunTags } from '../model/run-start.js';
import { decodeValue } from '../model/values.js';
import type { InstanceRow } from '../engines/sql/ports/store.js';

/** What is stored of an orchestration. */
export interface OrchestrationStatus {
  readonly instanceId: string;
  readonly name: string;
  /** Of the code that it runs. */
  readonly version: number;
  readonly runtimeStatus: RuntimeStatus;
  /** As `setCustomStatus` gave it. */
  readonly customStatus: unknown;
  readonly input: unknown;
  readonly output: unknown;
  readonly error: Error | undefined;
  /** Why it was terminated or is suspended, where that was said. */
  readonly reason: string | undefined;
  /**
   * Code that the run waits for and that the active host has not registered, although some host did: `activity:Send`,
   * `orchestration:Album@2`. At most 50.
   */
  readonly missingCode: readonly string[];
  /** When a run that was started for later begins; `undefined` if it has begun. */
  readonly scheduledTime: Date | undefined;
  /** Instance id of the run that called it as its sub-orchestration. `undefined` if none did. */
  readonly parentId: string | undefined;
  readonly tags: RunTags;
  /** Names of events that were raised and that the code has not read, the oldest first; at most 50. */
  readonly unreadEvents: readonly string[];
  /** How many events were raised and not read. */
  readonly unreadEventCount: number;
  /** Names of the events that the code waits for, each once; at most 50. */
  readonly awaitedEvents: readonly string[];
  readonly createdAt: Date;
  readonly lastUpdatedAt: Date;
}

/** `undefined`: the row is none of an orchestration. @throws StorageError when it cannot be read */
export function statusOf(row: InstanceRow | undefined): OrchestrationStatus | undefined {
  if (row?.kind !== 'orchestration' || row.state === null) return undefined;
  return readingRun(row.id, () => shown(row));
}

function shown(row: InstanceRow): OrchestrationStatus {
  const record = readRunRecord(row.id, row.state);
  return {
    instanceId: row.id,
    name: record.name,
    version: record.version ?? 1,
    runtimeStatus: record.status,
    customStatus: decodeValue(record.customStatus),
    input: decodeValue(record.input),
    output: decodeValue(record.output),
    error: record.error === undefined ? undefined : decodeError(record.error),
    reason: record.reason,
    scheduledTime: record.startsAtMs === undefined ? undefined : new Date(record.startsAtMs),
    missingCode: [...new Set(Object.values(record.missing ?? {}))],
    parentId: record.parent?.instance,
    tags: tagsOf(Object.entries(record.tags ?? {})),
    unreadEvents: record.unread?.names ?? [],
    unreadEventCount: record.unread?.count ?? 0,
    awaitedEvents: record.awaited ?? [],
    createdAt: new Date(row.createdAtMs),
    lastUpdatedAt: new Date(row.updatedAtMs),
  };
}
