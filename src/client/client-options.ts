/** Options and results of a client's methods. */
import type { TaskEntity } from '../classes/task-entity.js';
import type { RetryPolicy, SignalOptions, StartOptions } from '../functions/call-options.js';
import { attemptOptions, startOptions } from '../functions/option-names.js';
import { InvalidArgumentError } from '../errors/index.js';
import type { Duration } from '../model/duration.js';
import { scheduleOptions } from '../model/arguments.js';
import type { OptionNames } from '../model/options.js';

/** Options of methods that wait, e.g. for the end of an orchestration or for a signal. */
export interface WaitOptions {
  /** How long to wait. A timeout cancels nothing. Default: no time limit. */
  readonly timeout?: Duration | undefined;
}

/** Options of `signalEntity` of `client.within`. */
export interface TransactionSignalOptions extends SignalOptions {
  /** Idempotency key: the signal takes effect at most once under this id. 1 to 512 UTF-8 bytes; the key is kept for 24 h. */
  readonly requestId?: string | undefined;
}

/** Options of a client's `signalEntity`. */
export interface ClientSignalOptions extends TransactionSignalOptions {
  /**
   * How long each attempt waits until the signal is durable. A timeout cancels nothing: the signal may take effect later. In a process
   * without a host, a signal with a request id waits for the active host, because only that host recognises repeats. Default: no time
   * limit.
   */
  readonly timeout?: Duration | undefined;
  /**
   * Sends the same message again, with the same request id (default: a random one), until it is durable: after TimeoutError,
   * UnknownOutcomeError, StorageBusyError and BackpressureError. The message takes effect once. The client does not wait for the
   * operation itself. Default: one attempt.
   */
  readonly retry?: RetryPolicy | undefined;
}

/** Options of a client's `startNew`. */
export interface ClientStartOptions<Input = unknown> extends StartOptions<Input> {
  /** How long each attempt waits until the start is durable. A timeout cancels nothing: the run may start later. Default: no time limit. */
  readonly timeout?: Duration | undefined;
  /**
   * Sends the same start again, with the same instance id, until it is durable: after TimeoutError, UnknownOutcomeError,
   * StorageBusyError and BackpressureError. The run starts once. Default: one attempt.
   */
  readonly retry?: RetryPolicy | undefined;
}

/** Options of a client's `callEntity`. */
export interface CallOptions {
  /** How long each attempt waits for the answer. A timeout cancels nothing. Default: no time limit. */
  readonly timeout?: Duration | undefined;
  /**
   * Idempotency key: the call takes effect at most once under this id, and a repeat gets the same answer. 1 to 512 UTF-8 bytes; the key
   * is kept for 24 h.
   */
  readonly requestId?: string | undefined;
  /**
   * Retry policy of the call. Without an answer (TimeoutError, UnknownOutcomeError, StorageBusyError, BackpressureError) the client sends
   * the same message again, with the same request id: the message takes effect once. After a failed operation, which was rolled back,
   * the client sends a new message. With a `requestId`, its key is `<requestId>#2` and so on, so that a repeat of the whole call
   * repeats no operation that succeeded. Other errors are not retried. Default: one attempt.
   */
  readonly retry?: RetryPolicy | undefined;
  /**
   * `'ordered'` (default): the operation runs after the messages that wait already, and sees their effects. `'committed'`: an operation
   * that is declared readOnly runs at once, in this process, on the last committed state. No lock, queue or running operation delays it.
   */
  readonly consistency?: 'ordered' | 'committed' | undefined;
}

/** Result of `readEntityState`, and item of `watch`. */
export interface EntityStateResponse<State> {
  readonly entityExists: boolean;
  /** The last committed state, as a frozen copy. `undefined` if the entity does not exist. */
  readonly entityState: State | undefined;
}

/** Options of `readEntityState`. `timeout` limits the wait for `after`. */
export interface ReadOptions extends WaitOptions {
  /** Ticket of a signal: the client waits until that signal has been processed, and reads then. */
  readonly after?: string | undefined;
}

/** Options of `watch`. */
export interface WatchOptions {
  /** Ends the watch, without an error, when this signal is aborted. Default: the watch ends with its loop. */
  readonly signal?: AbortSignal | undefined;
}

/** The state of an entity of class `T`, without methods: `state` of a TaskEntity, the fields of any other class. */
export type StateOf<T> = T extends TaskEntity<infer State> ? DataOf<State> : DataOf<T>;

/** An object type without its methods. Any other type is unchanged. */
type DataOf<T> = T extends string | number | bigint | boolean | null | undefined
  ? T
  : T extends readonly unknown[] | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | Date | Uint8Array
    ? T
    : { readonly [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K]: T[K] };

export const callOptions: OptionNames<CallOptions> = {
  timeout: true,
  requestId: true,
  retry: true,
  consistency: true,
};

export const transactionSignalOptions: OptionNames<TransactionSignalOptions> = { ...scheduleOptions, requestId: true };

export const clientSignalOptions: OptionNames<ClientSignalOptions> = { ...transactionSignalOptions, ...attemptOptions };

export const clientStartOptions: OptionNames<ClientStartOptions> = { ...startOptions, ...attemptOptions };

export const waitOptions: OptionNames<WaitOptions> = { timeout: true };

export const readOptions: OptionNames<ReadOptions> = { ...waitOptions, after: true };

export const watchOptions: OptionNames<WatchOptions> = { signal: true };

/** Whether a call reads the committed state. @throws InvalidArgumentError for options that have no meaning with it */
export function isCommitted({ consistency, requestId, retry }: CallOptions): boolean {
  if (consistency === undefined || consistency === 'ordered') return false;
  if (consistency !== 'committed') {
    throw new InvalidArgumentError(
      'consistency',
      `${JSON.stringify(consistency)} is not a consistency`,
      "Give 'ordered' or 'committed'.",
    );
  }
  if (requestId !== undefined) {
    const problem = 'a call on the committed state has no effect that a repeat could double';
    throw new InvalidArgumentError('requestId', problem, "Omit it, or omit consistency: 'committed'.");
  }
  if (retry !== undefined) {
    const problem = 'a call on the committed state is not retried';
    throw new InvalidArgumentError('retry', problem, "Omit it, or omit consistency: 'committed'.");
  }
  return true;
}
