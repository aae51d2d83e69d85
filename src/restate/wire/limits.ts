/** Limits of invocations. */

/** How long an invocation that waits keeps its stream, in ms. Waiting ones must not hold the places of those that they wait for. */
export const inactivityMs = 500;

/** How long one attempt of user code may take before its stream is cut and it begins again, in ms. */
export const abortMs = 86_400_000;

/** How long a client can fetch an answer that it has missed, in ms. */
export const answersMs = 120_000;

/** How long Restate keeps what belongs to messages, in ms. */
export interface Retention {
  /** Idempotency keys of clients. */
  readonly receiptsMs: number;
  /** Journals of invocations that have ended. */
  readonly journalsMs: number;
}

/** The limits of every handler. */
export function handlerLimits({ journalsMs }: Retention) {
  return {
    inactivityTimeout: inactivityMs,
    abortTimeout: abortMs,
    journalRetention: journalsMs,
    idempotencyRetention: answersMs,
  };
}

/**
 * The options of every service. Errors of user code are answers, so only a worker or a connection fails here. Restate repeats for as long as
 * it takes. A replay that differs from its journal waits for an operator.
 */
export const serviceOptions = {
  onJournalMismatchErrors: 'pause',
  retryPolicy: { initialInterval: 100, exponentiationFactor: 2, maxInterval: 5_000, maxAttempts: 1_000_000_000 },
} as const;
