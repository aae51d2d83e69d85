/** What calls of a client take and give. */
import type { SignalOptions } from '../functions/call-options.js';
import type { RetryPolicy } from '../functions/call-options.js';
import { InvalidArgumentError } from '../errors/index.js';
import type { Duration } from '../model/duration.js';

/** What `signalEntity` of a client takes last. */
export interface ClientSignalOptions extends SignalOptions {
  /** The signal takes effect at most once under this id (kept for 24 h). 1 to 512 UTF-8 bytes. */
  readonly requestId?: string | undefined;
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

/** The fields of a class, without its methods. */
export type StateOf<T> = { readonly [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K]: T[K] };

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
