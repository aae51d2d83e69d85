/** Whether trying the same thing again can help: `safe` repeats nothing, `never` fails again, `same-id` only with the same request id. */
export type RetryAdvice = 'safe' | 'never' | 'same-id';

/** What every error class of this package says about itself, apart from the message. */
export interface ErrorTraits {
  /** Stable, searchable code, e.g. `DE_UNKNOWN_ENTITY`. */
  readonly code: string;
  readonly retry: RetryAdvice;
  /** What to do next, one sentence. */
  readonly hint: string;
  readonly cause?: unknown;
}

/**
 * The base of every error that this package throws on purpose.
 *
 * `code` is stable across releases, `hint` says what to do next, `retry` whether a retry can help, `cause` what lay beneath.
 */
export abstract class DurableError extends Error {
  readonly code: string;
  readonly retry: RetryAdvice;
  readonly hint: string;

  constructor(message: string, traits: ErrorTraits) {
    super(message, 'cause' in traits ? { cause: traits.cause } : undefined);
    this.name = new.target.name;
    this.code = traits.code;
    this.retry = traits.retry;
    this.hint = traits.hint;
  }

  /** True when this error, or one in its chain of causes, has this name (`error.is('Overdrawn')`). */
  is(name: string): boolean {
    for (let error: unknown = this, depth = 0; error instanceof Error && depth < 100; error = error.cause, depth++) {
      if (error.name === name) return true;
    }
    return false;
  }
}
