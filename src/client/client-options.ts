/** What calls of a client take and give. */
import type { TaskEntity } from '../classes/task-entity.js';
import type { RetryPolicy, SignalOptions, StartOptions } from '../functions/call-options.js';
import { attemptOptions, startOptions } from '../functions/option-names.js';
import { InvalidArgumentError } from '../errors/index.js';
import type { Duration } from '../model/duration.js';
import { scheduleOptions } from '../model/arguments.js';
import type { OptionNames } from '../model/options.js';

/** What everything takes that waits: for a run, for a signal. */
export interface WaitOptions {
  /** How long to wait; a timeout cancels nothing. Default: for ever. */
  readonly timeout?: Duration | undefined;
}

/** What `signalEntity` of `client.within` takes last. */
export interface TransactionSignalOptions extends SignalOptions {
  /** The signal takes effect at most once under this id (kept for 24 h). 1 to 512 UTF-8 bytes. */
  readonly requestId?: string | undefined;
}

/** What `signalEntity` of a client takes last. */
export interface ClientSignalOptions extends TransactionSignalOptions {
  /**
   * How long each attempt waits until the signal is durable; a timeout cancels nothing, and the signal may take effect later. A
   * signal with a request id from a process without a host waits for the active host, which alone can tell a repeat. Default: for ever.
   */
  readonly timeout?: Duration | undefined;
  /**
   * Sends the same message again, by its request id (default: a new one), until it is durable: after TimeoutError,
   * UnknownOutcomeError, StorageBusyError and BackpressureError. It takes effect once. What becomes of its operation is not waited
   * for. Default: one attempt.
   */
  readonly retry?: RetryPolicy | undefined;
}

/** What `startNew` of a client takes last. */
export interface ClientStartOptions<Input = unknown> extends StartOptions<Input> {
  /** How long each attempt waits until the start is durable; a timeout cancels nothing, and the run may start later. Default: for ever. */
  readonly timeout?: Duration | undefined;
  /**
   * Starts the same run again, by its instance id, until that is durable: after TimeoutError, UnknownOutcomeError, StorageBusyError and
   * BackpressureError. The run starts once. Default: one attempt.
   */
  readonly retry?: RetryPolicy | undefined;
}

/** What `callEntity` of a client takes last. */
export interface CallOptions {
  /** How long each attempt waits; a timeout cancels nothing. Default: for ever. */
  readonly timeout?: Duration | undefined;
  /** The call takes effect at most once under this id (kept for 24 h); a repeat gets the same answer. */
  readonly requestId?: string | undefined;
  /**
   * Tries again. Without an answer (TimeoutError, UnknownOutcomeError, StorageBusyError, BackpressureError) the same message is
   * sent again, by its request id: it takes effect once. When the operation failed, it was rolled back, and a new message is sent
   * (`<requestId>#2` and so on, where a request id is given, so that repeating the whole call repeats nothing that succeeded).
   * Nothing else is retried. Default: one attempt.
   */
  readonly retry?: RetryPolicy | undefined;
  /**
   * `'ordered'` (default): the operation takes its turn behind what waits, and sees all that came before it. `'committed'`: an
   * operation that is declared readOnly runs at once, in this process, on the last committed state; no lock, queue or running
   * operation holds it up.
   */
  readonly consistency?: 'ordered' | 'committed' | undefined;
}

/** What `readEntityState` found, and what `watch` gives. */
export interface EntityStateResponse<State> {
  readonly entityExists: boolean;
  /** The last committed state, a frozen copy; `undefined` when the entity does not exist. */
  readonly entityState: State | undefined;
}

/** What everything takes that waits for a run. */
export interface WaitOptions {
  /** How long to wait; a timeout cancels nothing. Default: for ever. */
  readonly timeout?: Duration | undefined;
}

/** What `readEntityState` takes last. */
export interface ReadOptions extends WaitOptions {
  /** The ticket of a signal that is to be processed first. */
  readonly after?: string | undefined;
}

/** What `watch` takes last. */
export interface WatchOptions {
  /** Ends the watch quietly when it is aborted. Default: the watch ends with its loop. */
  readonly signal?: AbortSignal | undefined;
}

/** The state of an entity of class `T`: that of a TaskEntity is its `state`, that of any other class its fields. Without methods. */
export type StateOf<T> = T extends TaskEntity<infer State> ? DataOf<State> : DataOf<T>;

/** An object without its methods; any other value as it is. */
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

/** Whether a call is for the committed state. @throws InvalidArgumentError for options that have no meaning then */
export function isCommitted({ consistency, requestId, retry }: CallOptions): boolean {
  if (consistency === undefined || consistency === 'ordered') return false;
  if (consistency !== 'committed') {
    throw new InvalidArgumentError(
      'consistency',
      `it is ${JSON.stringify(consistency)}`,
      "Give 'ordered' or 'committed'.",
    );
  }
  if (requestId !== undefined) {
    const problem = 'a call on the committed state has no effect that could be repeated';
    throw new InvalidArgumentError('requestId', problem, "Drop it, or drop consistency: 'committed'.");
  }
  if (retry !== undefined) {
    const problem = 'a call on the committed state is not tried again';
    throw new InvalidArgumentError('retry', problem, "Drop it, or drop consistency: 'committed'.");
  }
  return true;
}
