/** Types and helpers for orchestrators that are generator functions, as in durable-functions for JavaScript. */

/**
 * Return type of a generator orchestrator whose result is an `Output`. `yield` awaits a promise, or all promises of an array, as
 * `Promise.all` does. A value that is not a promise is its own result. `yield` throws the error with which the promise rejects. The type
 * of `yield` is `any`, because TypeScript has one type for all yields of a generator; `yield* resultOf(promise)` has the promise's type.
 */
export type OrchestrationSteps<Output> = Generator<unknown, Output | Promise<Output>>;

/** Awaits a promise in a generator orchestrator, with its type: `const balance = yield* resultOf(account.balance())`. */
export function* resultOf<T>(promise: T): Generator<T, Awaited<T>, Awaited<T>> {
  return yield promise;
}

/** Whether a handler is an `async function*`. Such a handler is refused: its yields would return nothing, and it has no result. */
export function isAsyncGenerator(handler: unknown): boolean {
  return Object.prototype.toString.call(handler) === '[object AsyncGeneratorFunction]';
}
