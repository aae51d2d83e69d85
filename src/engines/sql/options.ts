import type { CountingObserver } from '../../hub/operation-counts.js';
import type { HubTracer } from '../../hub/tracer.js';
import type { Limits } from '../../model/limits.js';
import type { Clock, Random } from '../../ports/clock.js';
import type { Relay } from './ports/intake.js';
import type { Logger } from '../../ports/log.js';
import type { Store } from './ports/store.js';
import type { UserCode } from '../../ports/user-code.js';
import type { Directory } from '../../core/directory.js';

/** Retention times, in milliseconds of active time. `Infinity` keeps rows for ever. */
export interface RetentionMs {
  /** For orchestrations that ended with this status. */
  readonly completed: number;
  readonly failed: number;
  readonly terminated: number;
  readonly deadLetters: number;
  /** For request ids, and for answers that no client has read. */
  readonly receipts: number;
  /** For rows of dead workers and clients. */
  readonly workers: number;
}

export interface EngineOptions {
  /** The time after its last commit in which a worker may not be taken over. In milliseconds, at least 1,000. */
  readonly leaseMs: number;
  /** How long a start waits while another connection or process holds the database, in milliseconds. */
  readonly startTimeoutMs: number;
  /** How long running activities and external operations may continue at a graceful stop, in milliseconds. */
  readonly stopTimeoutMs: number;
  readonly maxConcurrentActivities: number;
  readonly maxConcurrentExternal: number;
  /** How long a client's message may wait to be admitted, in milliseconds. A longer wait is refused with BackpressureError. */
  readonly intakeTimeoutMs: number;
  /** The greatest number of idle instances in memory. */
  readonly maxIdleInstances: number;
  /** The greatest total length of stored states in memory, while some of the instances are idle. */
  readonly maxIdleBytes: number;
  /** The greatest number of waiting messages of one instance in memory. Further messages wait in the table. */
  readonly maxWaitingInMemory: number;
  /** Evicts every instance from memory as soon as possible. For tests. */
  readonly evictAfterEachTurn: boolean;
  /** The number of inbox rows that are read at a time. */
  readonly rowsPerPage: number;
  /** The number of receipts that are kept in memory. The table holds all receipts. */
  readonly receiptsCached: number;
  /** The length of the longest input that stays in the record of a run when the history holds it too. */
  readonly inlineInputMax: number;
  readonly retention: RetentionMs;
  readonly workerName: string;
  readonly limits: Limits;
}

/** The ports through which the engine reaches everything outside of it. */
export interface EnginePorts {
  readonly store: Store;
  /** The way to the worker while another process has it. */
  readonly relay: Relay;
  readonly clock: Clock;
  readonly random: Random;
  readonly userCode: UserCode;
  readonly directory: Directory;
  readonly logger: Logger;
  /** Absent if there is no observer. */
  readonly observer?: CountingObserver | undefined;
  /** Absent if there is no tracer. */
  readonly tracer?: HubTracer | undefined;
  /** Called once for each signalled operation that failed, after the commit of its outcome. */
  onSignalFailed(failure: SignalFailure): void;
  /** Called once for each refused one-way start, after the commit of the refusal. */
  onStartRefused(refusal: StartRefusal): void;
}

export interface StartRefusal {
  readonly instanceId: string;
  /** The name of the orchestration. */
  readonly name: string;
  readonly error: Error;
}

export interface SignalFailure {
  readonly entityId: string;
  readonly operation: string;
  /** JSON text of ErrorDetails. */
  readonly error: string;
}
