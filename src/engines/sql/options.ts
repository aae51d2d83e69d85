import type { HubObserver } from '../../hub/observer.js';
import type { Limits } from '../../model/limits.js';
import type { Clock, Random } from '../../ports/clock.js';
import type { Relay } from './ports/intake.js';
import type { Logger } from '../../ports/log.js';
import type { Store } from './ports/store.js';
import type { UserCode } from '../../ports/user-code.js';
import type { Directory } from '../../core/directory.js';

/** How long rows are kept, in ms of active time; Infinity: for ever. */
export interface RetentionMs {
  /** Orchestrations that ended so. */
  readonly completed: number;
  readonly failed: number;
  readonly terminated: number;
  readonly deadLetters: number;
  /** Request ids, and answers that no client has read. */
  readonly receipts: number;
  /** Rows of workers and clients that are dead. */
  readonly workers: number;
}

export interface EngineOptions {
  /** How long after its last commit a worker may be taken over; at least 1,000. */
  readonly leaseMs: number;
  /** How long a start waits for what another connection or process holds of the database. */
  readonly startTimeoutMs: number;
  /** How long running activities and external operations may go on at a graceful stop. */
  readonly stopTimeoutMs: number;
  readonly maxConcurrentActivities: number;
  readonly maxConcurrentExternal: number;
  /** How long a client's message may wait to be let in. */
  readonly intakeTimeoutMs: number;
  /** Instances kept in memory although nothing waits for them. */
  readonly maxIdleInstances: number;
  /** What the states of instances in memory may amount to, as they are stored, while some of them are idle. */
  readonly maxIdleBytes: number;
  /** Messages that wait for one instance and are kept in memory; what is more waits in the table. */
  readonly maxWaitingInMemory: number;
  /** Drops every instance from memory as soon as it is clean; for tests. */
  readonly evictAfterEachTurn: boolean;
  /** Rows of the inbox that are read at a time. */
  readonly rowsPerPage: number;
  /** Receipts of request ids kept in memory; the table knows all of them. */
  readonly receiptsCached: number;
  readonly retention: RetentionMs;
  readonly workerName: string;
  readonly limits: Limits;
}

/** What the engine reaches the world through. */
export interface EnginePorts {
  readonly store: Store;
  /** The way to the worker while this process is none. */
  readonly relay: Relay;
  readonly clock: Clock;
  readonly random: Random;
  readonly userCode: UserCode;
  readonly directory: Directory;
  readonly logger: Logger;
  /** Absent where nobody observes. */
  readonly observer?: HubObserver | undefined;
  /** Called once for each signalled operation that failed, after the commit of its outcome. */
  onSignalFailed(failure: SignalFailure): void;
  /** Called once for each one-way start that was refused, after the commit of that. */
  onStartRefused(refusal: StartRefusal): void;
}

export interface StartRefusal {
  readonly instanceId: string;
  /** Of the orchestration. */
  readonly name: string;
  readonly error: Error;
}

export interface SignalFailure {
  readonly entityId: string;
  readonly operation: string;
  /** JSON text of ErrorDetails. */
  readonly error: string;
}
