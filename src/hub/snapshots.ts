/**
 * Snapshots: the committed values of entities, orchestration instances and dead letters, on any engine. User values are JSON texts. Instants
 * are ms since 1970 (UTC).
 */
import type { Tag } from '../model/tags.js';
import type { RuntimeStatus } from '../model/runtime-status.js';

/** A committed entity. One that is only locked has no state. */
export interface EntitySnapshot {
  /** `@name@key`. */
  readonly id: string;
  readonly name: string;
  readonly key: string;
  /** JSON text. `undefined` if the entity has no state, if its state has expired, or if the query does not include states. */
  readonly state: string | undefined;
  /** Instance id of the orchestration that holds its lock. `undefined` if the entity is not locked, or if that cannot be read. */
  readonly lockedBy: string | undefined;
  /** Its state has expired. The entity stays stored for its lock, or until it is deleted. */
  readonly expired: boolean;
  /** When the entity was written last: its state, its lock or its scheduled signals. */
  readonly updatedAtMs: number;
}

/** A committed orchestration instance. */
export interface RunSnapshot {
  readonly id: string;
  readonly name: string;
  /** Of the code that it runs. */
  readonly version: number;
  readonly status: RuntimeStatus;
  /** Names its present execution; restart, rewind and continue-as-new begin another one. `undefined` if it cannot be read. */
  readonly execution: string | undefined;
  /** JSON text, here and below. */
  readonly input: string | undefined;
  readonly output: string | undefined;
  /** JSON text of `ErrorDetails`. */
  readonly error: string | undefined;
  readonly customStatus: string | undefined;
  /** Why it was terminated, or is suspended, if that was said. */
  readonly reason: string | undefined;
  /** Names of events that were raised and that the code has not read, the oldest first, at most 50. */
  readonly unreadEvents: readonly string[];
  /** How many events were raised and not read. */
  readonly unreadEventCount: number;
  /** Names of the events that the code waits for, each once, at most 50. */
  readonly awaitedEvents: readonly string[];
  /** Code that it waits for and that its worker has not registered: `activity:Send`, `orchestration:Album@2`. At most 50. */
  readonly missingCode: readonly string[];
  /** Instance id of the orchestration that started it and waits for it. */
  readonly parent: string | undefined;
  readonly tags: readonly Tag[];
  /** When an instance that was started for later begins. `undefined` if it has begun. */
  readonly startsAtMs: number | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly endedAtMs: number | undefined;
  /** Why what is stored cannot be read. The other fields then say only what is known without it. */
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

/** A message that was set aside, because its process ended in each of its attempts. */
export interface DeadLetterSnapshot {
  readonly id: number;
  /** Id of the entity that it was sent to. */
  readonly target: string;
  /** `undefined` if the message cannot be read. */
  readonly operation: string | undefined;
  readonly attempts: number;
  readonly reason: string;
  readonly atMs: number;
}

/** Which entities a query returns. Every field that is given must hold. Entities without a state are never returned. */
export interface EntityFilter {
  readonly name?: string | undefined;
  /** How the key begins, exactly. */
  readonly keyPrefix?: string | undefined;
  /** Written at this instant or later. */
  readonly updatedFromMs?: number | undefined;
  /** Written before this instant. */
  readonly updatedToMs?: number | undefined;
}

/** Which orchestration instances a query returns. Every field that is given must hold. */
export interface RunFilter {
  readonly name?: string | undefined;
  /** How the instance id begins, exactly. */
  readonly idPrefix?: string | undefined;
  /** One of these. */
  readonly statuses?: readonly RuntimeStatus[] | undefined;
  readonly createdFromMs?: number | undefined;
  readonly createdToMs?: number | undefined;
  /** Ended before this instant. */
  readonly endedBeforeMs?: number | undefined;
  /** Instance id of its parent. */
  readonly parent?: string | undefined;
  /** All of these tags, each with this value. */
  readonly tags?: readonly Tag[] | undefined;
}

/** A page of a query, ordered by id. A page with fewer items than `limit` is the last. */
export interface PageRequest {
  /** Only ids behind this one. */
  readonly after?: string | undefined;
  readonly limit: number;
}
