import { TimeoutError } from '../errors/index.js';
import { setLongTimer, type Clock } from '../ports/clock.js';

/** The promise's outcome, or TimeoutError after `timeoutMs`; nothing is cancelled by it. */
export function withTimeout<T>(
  promise: Promise<T>,
  timeoutMs: number | undefined,
  clock: Clock,
  what: string,
  hint?: string,
): Promise<T> {
  if (timeoutMs === undefined) return promise;
  return new Promise((resolve, reject) => {
    const timer = setLongTimer(clock, timeoutMs, () => reject(new TimeoutError(what, timeoutMs, hint)));
    promise.then(
      (value) => {
        timer.cancel();
        resolve(value);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
