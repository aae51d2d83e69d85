/**
 * Whether a retry of the same call can help.
 *
 * - `safe`: the call had no effect, so a retry repeats nothing.
 * - `same-id`: the call may have had its effect. A retry with the same `requestId` or `instanceId` does not repeat it.
 * - `never`: the same call fails again.
 */
export type RetryAdvice = 'safe' | 'never' | 'same-id';

/** The properties of an error of this package, besides its message. */
export interface ErrorTraits {
  /** The stable code, e.g. `DE_UNKNOWN_ENTITY`. */
  readonly code: string;
  readonly retry: RetryAdvice;
  /** The next step for the developer. */
  readonly hint: string;
  readonly cause?: unknown;
}

/**
 * The base class of every error that this package throws on purpose.
 *
 * `code` is stable across releases. `hint` says what to do next. `retry` says whether a retry can help. `cause` is the underlying error
 * or thrown value. It is absent if the error has no cause.
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

  /**
   * Tells whether this error, or an error in its chain of causes, has this name: `error.is('Overdrawn')`. Looks at no more than 100
   * errors.
   */
  is(name: string): boolean {
    for (let error: unknown = this, depth = 0; error instanceof Error && depth < 100; error = error.cause, depth++) {
      if (error.name === name) return true;
    }
    return false;
  }
}
