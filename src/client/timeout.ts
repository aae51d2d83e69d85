import { TimeoutError } from '../errors/index.js';
import type { Clock, Timer } from '../ports/clock.js';

/** The longest that a timer of the platform can wait. */
const timerMsMax = 2 ** 31 - 1;

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
    let timer: Timer;
    const wait = (ms: number) => {
      const elapsed = () => (ms > timerMsMax ? wait(ms - timerMsMax) : reject(new TimeoutError(what, timeoutMs, hint)));
      timer = clock.setTimer(Math.min(ms, timerMsMax), elapsed);
    };
    wait(timeoutMs);
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
