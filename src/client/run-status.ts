/** What clients see of a stored orchestration. */
import { decodeError } from '../model/error-details.js';
import type { RuntimeStatus } from '../model/runtime-status.js';
import { tagsOf, type RunTags } from '../model/run-start.js';
import { readingRun } from '../model/unreadable.js';
import { decodeValue } from '../model/values.js';
import type { RunSnapshot } from '../hub/snapshots.js';

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

/** @throws StorageError if what is stored cannot be read */
export function statusOf(run: RunSnapshot): OrchestrationStatus {
  if (run.problem !== undefined) throw run.problem;
  return readingRun(run.id, () => ({
    ...unreadableStatus(run, undefined),
    customStatus: decodeValue(run.customStatus),
    input: decodeValue(run.input),
    output: decodeValue(run.output),
    error: run.error === undefined ? undefined : decodeError(run.error),
  }));
}

/** What is known of a run without its values. */
export function unreadableStatus(run: RunSnapshot, error: Error | undefined): OrchestrationStatus {
  return {
    instanceId: run.id,
    name: run.name,
    version: run.version,
    runtimeStatus: run.status,
    customStatus: undefined,
    input: undefined,
    output: undefined,
    error,
    reason: run.reason,
    scheduledTime: run.startsAtMs === undefined ? undefined : new Date(run.startsAtMs),
    missingCode: run.missingCode,
    parentId: run.parent,
    tags: tagsOf(run.tags),
    unreadEvents: run.unreadEvents,
    unreadEventCount: run.unreadEventCount,
    awaitedEvents: run.awaitedEvents,
    createdAt: new Date(run.createdAtMs),
    lastUpdatedAt: new Date(run.updatedAtMs),
  };
}
