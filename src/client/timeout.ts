import { TimeoutError, type WaitReason } from '../errors/index.js';
import { setLongTimer, type Clock } from '../ports/clock.js';

/** What is waited for, as it is told when the time is over. */
export interface Awaited {
  /** `no answer of "add" from @counter@a`. */
  readonly what: string;
  readonly hint?: string | undefined;
  /** Finds out why it has not come. */
  diagnose?(): Promise<WaitReason | undefined>;
}

/** How long a storage that does not answer may hold up the error. */
const diagnosisMs = 1_000;

/** The promise's outcome, or TimeoutError after `timeoutMs`; nothing is cancelled by it. */
export function withTimeout<T>(
  promise: Promise<T>,
  timeoutMs: number | undefined,
  clock: Clock,
  awaited: Awaited,
): Promise<T> {
  if (timeoutMs === undefined) return promise;
  return new Promise((resolve, reject) => {
    let timer = setLongTimer(clock, timeoutMs, () => {
      const tell = (reason?: WaitReason) => {
        timer.cancel();
        reject(new TimeoutError(awaited.what, timeoutMs, awaited.hint, reason));
      };
      timer = setLongTimer(clock, diagnosisMs, tell);
      // Why nothing came is told where it is known: the error stands without it.
      if (awaited.diagnose === undefined) tell();
      else awaited.diagnose().then(tell, () => tell());
    });
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
