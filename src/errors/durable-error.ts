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

/** The page of the package that has an anchor for each code. */
const page = 'durable-entities/docs/guides/errors.md';

/** The address of a code in the documentation of the package. `undefined` if the page of errors does not have the code. */
export function helpOf(code: unknown): string | undefined {
  return typeof code === 'string' && /^DE_(?!HTTP_|CLI_)[A-Z_]+$/.test(code) ? `${page}#${code}` : undefined;
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
  /**
   * The address of this error in the documentation of the package, e.g. `durable-entities/docs/guides/errors.md#DE_TIMEOUT`. Node prints
   * it with the other fields. Absent if the page does not have the code.
   */
  declare readonly help?: string;

  constructor(message: string, traits: ErrorTraits) {
    super(message, 'cause' in traits ? { cause: traits.cause } : undefined);
    this.name = new.target.name;
    this.code = traits.code;
    this.retry = traits.retry;
    this.hint = traits.hint;
    const help = helpOf(traits.code);
    if (help !== undefined) this.help = help;
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
