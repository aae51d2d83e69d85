/** Options of messages, shared by clients, entities and orchestrations. */
import type { DurableError } from '../errors/durable-error.js';
import type { Duration } from '../model/duration.js';
import type { RunTags, WhenEnded } from '../model/run-start.js';

/** Options of `signalEntity`. */
export interface SignalOptions {
  /** Instant before which the signal is not delivered. A number is ms since 1970 (UTC). A time in the past means at once. Default: at once. */
  readonly scheduledTime?: Date | number | undefined;
  /**
   * Name of a scheduled signal. The signal replaces a waiting one of the same name to the same entity, and `cancelSignal` cancels it by this
   * name, from any sender. Allowed only with `scheduledTime` or `every`. 1 to 512 UTF-8 bytes.
   */
  readonly name?: string | undefined;
  /**
   * Interval of a named signal, at least 1 s. The signal is delivered first at `scheduledTime` (default: one interval from now), and then at
   * whole intervals from there, until it is cancelled or replaced. The next delivery is scheduled when the one before has run,
   * successfully or not. Times that have passed meanwhile are skipped. Default: one delivery.
   */
  readonly every?: Duration | undefined;
}

/** Options of the start of an orchestration. */
export interface StartOptions<Input = unknown> {
  readonly input?: Input;
  /** Instance id: 1 to 512 UTF-8 bytes, not starting with `@`. Default: a new id. */
  readonly instanceId?: string | undefined;
  /** Version of the orchestration, to which the run is pinned. Default: the highest that the host has registered when it accepts the start. */
  readonly version?: number | undefined;
  /** Instant at which the run begins; it is `pending` until then. A number is ms since 1970 (UTC). A time in the past means at once. Default: at once. */
  readonly scheduledTime?: Date | number | undefined;
  /** Policy of the start if the run of this `instanceId` has ended. Default: `'sameInput'`. */
  readonly whenEnded?: WhenEnded | undefined;
  /** Tags by which queries find the run: at most 32, each name and each text at most 512 UTF-8 bytes. Default: no tags. */
  readonly tags?: RunTags | undefined;
  /** Value of `customStatus` in `status()` until the code sets another one. Default: `undefined`. */
  readonly customStatus?: unknown;
}

/** Retry policy of an activity, a sub-orchestration, a call or an operation. */
export interface RetryPolicy {
  /** Maximum number of attempts, the first included: a whole number of at least 1. */
  readonly maxAttempts: number;
  /** Interval before the second attempt. Default: 1 s. */
  readonly firstRetryInterval?: Duration;
  /** Factor between one interval and the next: a finite number of at least 1. Default: 1. */
  readonly backoffCoefficient?: number;
  /** Maximum interval. Default: ten years. */
  readonly maxRetryInterval?: Duration;
  /** Time after the first attempt at which no further attempt begins any more. Default: no limit. */
  readonly retryTimeout?: Duration;
  /**
   * Returns `false` for errors that no retry can help. The error is the one that the call would throw, e.g. ActivityFailedError or
   * EntityOperationFailedError; `error.is('PaymentRefused')` checks its cause. The function also runs in replay, so it must decide by the
   * error alone. Unknown names, violated locking rules and dead letters are never retried. Default: all other errors are retried.
   */
  readonly shouldRetry?: (error: DurableError) => boolean;
}

/** Time limit and retry policy of an activity, a call, or an operation (declared with the entity). */
export interface AttemptOptions {
  /** Time limit of each attempt, from its request. The attempt then fails with TimeoutError. Default: no time limit. */
  readonly timeout?: Duration | undefined;
  /** Retry policy. Default: one attempt. */
  readonly retry?: RetryPolicy | undefined;
}

/** Options of `callSubOrchestration`. */
export interface SubOrchestrationOptions {
  /** Instance id: 1 to 512 UTF-8 bytes, not starting with `@`. Default: a new id for each attempt. */
  readonly instanceId?: string | undefined;
  /**
   * Policy of the call if the run of this `instanceId` has ended. With `'sameInput'` (the same orchestration and input) or `'reuseResult'`,
   * the result of the ended run is the answer. If the run of this id has not ended, the call fails with InstanceAlreadyExistsError. Each
   * further attempt of a `retry` policy starts a new run. Default: `'startAgain'`.
   */
  readonly whenEnded?: WhenEnded | undefined;
  /** Tags by which queries find the run: at most 32, each name and each text at most 512 UTF-8 bytes. Default: no tags. */
  readonly tags?: RunTags | undefined;
  /** Version of the orchestration. Default: the highest registered one. */
  readonly version?: number | undefined;
  /** How long to wait for the result. The call then fails with TimeoutError, which is not retried, and the run continues. Default: no time limit. */
  readonly timeout?: Duration | undefined;
  /** Retry policy. Each attempt is a run of its own. Default: one attempt. */
  readonly retry?: RetryPolicy | undefined;
}
