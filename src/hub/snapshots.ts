/**
 * Snapshots: the committed values of entities, orchestration instances and dead letters, on any engine. User values are JSON texts.
 * Instants are ms since 1970 (UTC).
 */
import type { Tag } from '../model/tags.js';
import type { RuntimeStatus } from '../model/runtime-status.js';

/** A committed entity. An entity that is stored only for its lock has no state. */
export interface EntitySnapshot {
  /** `@name@key`. */
  readonly id: string;
  readonly name: string;
  readonly key: string;
  /** JSON text. `undefined` if the entity has no state, if its state has expired, or if the query does not include states. */
  readonly state: string | undefined;
  /** Instance id of the orchestration that holds the lock. `undefined` if the entity is not locked, or if its row cannot be read. */
  readonly lockedBy: string | undefined;
  /** Whether the state has expired. The row stays stored while the entity is locked, or until retention deletes it. */
  readonly expired: boolean;
  /** When the entity was written last: its state, its lock or its scheduled signals. */
  readonly updatedAtMs: number;
}

/** A committed orchestration instance. */
export interface RunSnapshot {
  readonly id: string;
  readonly name: string;
  /** Version of the code that the instance runs. */
  readonly version: number;
  readonly status: RuntimeStatus;
  /** Id of the present execution. Restart, rewind and continue-as-new begin another one. `undefined` if the instance cannot be read. */
  readonly execution: string | undefined;
  /** JSON text. */
  readonly input: string | undefined;
  /** JSON text. `undefined` if the instance has not completed. */
  readonly output: string | undefined;
  /** JSON text of `ErrorDetails`. `undefined` if the instance has not failed. */
  readonly error: string | undefined;
  /** JSON text. */
  readonly customStatus: string | undefined;
  /** Reason given for the termination or suspension of the instance. `undefined` if none was given. */
  readonly reason: string | undefined;
  /** Names of the events that were raised and that the code has not read, the oldest first. At most 50 entries. */
  readonly unreadEvents: readonly string[];
  /** Number of events that were raised and that the code has not read. */
  readonly unreadEventCount: number;
  /** Names of the events that the code waits for, each once. At most 50 entries. */
  readonly awaitedEvents: readonly string[];
  /** Code that the instance waits for, because its worker has not registered it: `activity:Send`, `orchestration:Album@2`. At most 50 entries. */
  readonly missingCode: readonly string[];
  /** Instance id of the orchestration that called this one as its sub-orchestration. `undefined` if none did. */
  readonly parent: string | undefined;
  readonly tags: readonly Tag[];
  /** When an instance with a scheduled start begins. `undefined` if it has begun. */
  readonly startsAtMs: number | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly endedAtMs: number | undefined;
  /** Why the stored instance cannot be read. `undefined` if it can. With a problem, fields that need the unreadable data are `undefined`. */
  readonly problem: Error | undefined;
}

/** The end of an orchestration instance. */
export interface RunEnd {
  readonly name: string;
  readonly status: RuntimeStatus;
  /** JSON text. */
  readonly output: string | undefined;
  /** JSON text of `ErrorDetails`. */
  readonly error: string | undefined;
  readonly reason: string | undefined;
}

/** A dead letter: a message that was set aside, because its process ended in each of its attempts. */
export interface DeadLetterSnapshot {
  readonly id: number;
  /** Id of the entity that the message was sent to. */
  readonly target: string;
  /** `undefined` if the message cannot be read. */
  readonly operation: string | undefined;
  readonly attempts: number;
  readonly reason: string;
  readonly atMs: number;
}

/** Conditions of a query of entities. Every given condition must hold. Entities without a state are never returned. */
export interface EntityFilter {
  readonly name?: string | undefined;
  /** Beginning of the key. Upper and lower case differ. */
  readonly keyPrefix?: string | undefined;
  /** Written at this instant or later. */
  readonly updatedFromMs?: number | undefined;
  /** Written before this instant. */
  readonly updatedToMs?: number | undefined;
}

/** Conditions of a query of orchestration instances. Every given condition must hold. */
export interface RunFilter {
  readonly name?: string | undefined;
  /** Beginning of the instance id. Upper and lower case differ. */
  readonly idPrefix?: string | undefined;
  /** Statuses of which the instance has one. */
  readonly statuses?: readonly RuntimeStatus[] | undefined;
  readonly createdFromMs?: number | undefined;
  readonly createdToMs?: number | undefined;
  /** Ended before this instant. */
  readonly endedBeforeMs?: number | undefined;
  /** Instance id of the orchestration that called it as its sub-orchestration. */
  readonly parent?: string | undefined;
  /** Tags that the instance has, each with this value. */
  readonly tags?: readonly Tag[] | undefined;
}

/** A page of a query, ordered by id. A page with fewer items than `limit` is the last. */
export interface PageRequest {
  /** Only ids greater than this one. */
  readonly after?: string | undefined;
  readonly limit: number;
}
