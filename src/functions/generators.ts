/** Orchestrators written as generator functions, as in durable-functions for JavaScript. */

/**
 * What a generator orchestrator returns: its result is an `Output`. `yield` awaits what it is given (an array: all of it, as
 * `Promise.all` does; what is no promise is its own result), throws what that rejects with, and gives `any`, for TypeScript has
 * one type for all yields of a generator. `yield* resultOf(promise)` gives the type of the promise.
 */
export type OrchestrationSteps<Output> = Generator<unknown, Output | Promise<Output>>;

/** Awaits a promise in a generator orchestrator, with its type: `const balance = yield* resultOf(account.balance())`. */
export function* resultOf<T>(promise: T): Generator<T, Awaited<T>, Awaited<T>> {
  return yield promise;
}

/** `async function*`: its yields would give nothing back, and it has no result. */
export function isAsyncGenerator(handler: unknown): boolean {
  return Object.prototype.toString.call(handler) === '[object AsyncGeneratorFunction]';
}
