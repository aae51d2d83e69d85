/** Status of a stored orchestration instance, as clients see it. */
import { decodeError } from '../model/error-details.js';
import type { RuntimeStatus } from '../model/runtime-status.js';
import { tagsOf, type RunTags } from '../model/run-start.js';
import { readingRun } from '../model/unreadable.js';
import { decodeValue } from '../model/values.js';
import type { RunSnapshot } from '../hub/snapshots.js';

/** Committed status of an orchestration instance. */
export interface OrchestrationStatus {
  readonly instanceId: string;
  readonly name: string;
  /** Version of the code that the run executes. */
  readonly version: number;
  readonly runtimeStatus: RuntimeStatus;
  /** The value of the last `setCustomStatus`. */
  readonly customStatus: unknown;
  readonly input: unknown;
  /** The result. `undefined` if the run has not completed. */
  readonly output: unknown;
  /** Why the run failed. `undefined` if it did not. */
  readonly error: Error | undefined;
  /** Reason given for the termination or suspension of the run. `undefined` if none was given. */
  readonly reason: string | undefined;
  /**
   * Code that the run waits for, because the active host has not registered it: `activity:Send`, `orchestration:Album@2`. At most 50
   * entries.
   */
  readonly missingCode: readonly string[];
  /** When a run with a `scheduledTime` begins. `undefined` if the run has begun. */
  readonly scheduledTime: Date | undefined;
  /** Instance id of the run that called this one as its sub-orchestration. `undefined` if none did. */
  readonly parentId: string | undefined;
  readonly tags: RunTags;
  /** Names of the events that were raised and that the code has not read, the oldest first. At most 50 entries. */
  readonly unreadEvents: readonly string[];
  /** Number of events that were raised and that the code has not read. */
  readonly unreadEventCount: number;
  /** Names of the events that the code waits for, each once. At most 50 entries. */
  readonly awaitedEvents: readonly string[];
  readonly createdAt: Date;
  readonly lastUpdatedAt: Date;
}

/** @throws StorageError if the stored run cannot be read */
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

/** The status of a run without its stored values. */
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
