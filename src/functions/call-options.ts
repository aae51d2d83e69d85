/** What messages take besides their target and input, on every side: clients, entities, orchestrations. */
import type { DurableError } from '../errors/durable-error.js';
import type { Duration } from '../model/duration.js';
import type { RunTags, WhenEnded } from '../model/run-start.js';

/** What `signalEntity` takes last. */
export interface SignalOptions {
  /** Not delivered before this; a time in the past: at once. Default: at once. */
  readonly scheduledTime?: Date | number | undefined;
  /**
   * Of a scheduled signal: the one to the same entity that has this name and waits is replaced, and `cancelSignal` cancels it by
   * it, whoever sent it. Only with `scheduledTime` or `every`. 1 to 512 UTF-8 bytes.
   */
  readonly name?: string | undefined;
  /**
   * Of a named signal: it is delivered again and again, at `scheduledTime` first (default: one interval from now) and then at whole
   * intervals from there, until it is cancelled or replaced. The next one is scheduled when the one before has run, whatever became
   * of that; times that have passed meanwhile are skipped. At least 1 s. Default: once.
   */
  readonly every?: Duration | undefined;
}

/** What starts of orchestrations take. */
export interface StartOptions<Input = unknown> {
  readonly input?: Input;
  /** Not starting with `@`, at most 512 UTF-8 bytes. Default: a new id. */
  readonly instanceId?: string | undefined;
  /** Of the orchestration: the run is pinned to it. Default: the highest that is registered where the run is taken. */
  readonly version?: number | undefined;
  /** The run begins at this instant, and is `pending` until then. A time in the past: at once. Default: at once. */
  readonly scheduledTime?: Date | number | undefined;
  /** What the start does where the run of this `instanceId` has ended. Default `'sameInput'`. */
  readonly whenEnded?: WhenEnded | undefined;
  /** Names and texts by which runs are found: at most 32, each name and text at most 512 UTF-8 bytes. Default: none. */
  readonly tags?: RunTags | undefined;
  /** What `status()` shows as `customStatus` until the code sets another one. Default: none. */
  readonly customStatus?: unknown;
}

/** How often and when something that failed is tried again: an activity, a sub-orchestration, a call, an operation. */
export interface RetryPolicy {
  /** All attempts, the first included; 1 or more. */
  readonly maxAttempts: number;
  /** Before the second attempt. Default 1 s. */
  readonly firstRetryInterval?: Duration;
  /** Each interval is the one before times this; 1 or more. Default 1. */
  readonly backoffCoefficient?: number;
  /** No interval is longer. Default: none. */
  readonly maxRetryInterval?: Duration;
  /** No attempt is begun later than this after the first. Default: none. */
  readonly retryTimeout?: Duration;
  /**
   * False for errors that no retry can help. The error is the one that would be thrown (ActivityFailedError,
   * EntityOperationFailedError and the like): ask for what lies beneath with `error.is('PaymentRefused')`. Runs in replay too:
   * decide by the error alone. Default: all are retried, but for names that nobody knows, broken locking rules, and messages
   * that were set aside because they ended their process: those never are.
   */
  readonly shouldRetry?: (error: DurableError) => boolean;
}

/** How long an attempt may take and how often it is made: of an activity, a call, or (declared with it) an operation. */
export interface AttemptOptions {
  /** Of each attempt, from when it is asked for. Over: the attempt has failed with a TimeoutError. Default: none. */
  readonly timeout?: Duration | undefined;
  /** Default: one attempt. */
  readonly retry?: RetryPolicy | undefined;
}

/** What `callSubOrchestration` takes after the input. */
export interface SubOrchestrationOptions {
  /** Default: a new id for each attempt. */
  readonly instanceId?: string | undefined;
  /**
   * What the call does where the run of this `instanceId` has ended. Default `'startAgain'`. With `'sameInput'` (the same
   * orchestration and input) or `'reuseResult'`, the result of the ended run is the answer. While a run of this id goes on, the call
   * fails with InstanceAlreadyExistsError. Each further attempt of a `retry` policy starts again.
   */
  readonly whenEnded?: WhenEnded | undefined;
  /** As of a start. Default: none. */
  readonly tags?: RunTags | undefined;
  /** Of the orchestration. Default: the highest that is registered. */
  readonly version?: number | undefined;
  /** How long to wait for its result, then: TimeoutError, which is not retried. The run goes on. Default: for ever. */
  readonly timeout?: Duration | undefined;
  /** Each attempt is a run of its own. Default: one attempt. */
  readonly retry?: RetryPolicy | undefined;
}
