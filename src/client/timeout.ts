import { TimeoutError, type WaitReason } from '../errors/index.js';
import { rethrowAtCallSite } from '../model/call-site.js';
import { setLongTimer, type Clock } from '../ports/clock.js';

/** Describes for TimeoutError what a method waits for. */
export interface Awaited {
  /** Beginning of the message, e.g. `no answer of "add" from @counter@a`. */
  readonly what: string;
  readonly hint?: string | undefined;
  /** Finds the reason of the wait. `undefined` if the reason is unknown. */
  diagnose?(): Promise<WaitReason | undefined>;
}

/** How long the error waits for its diagnosis, e.g. while the storage does not answer. */
const diagnosisMs = 1_000;

/** Settles as the promise does. Rejects with TimeoutError after `timeoutMs`, which cancels nothing. `undefined` for no time limit. */
export function withTimeout<T>(
  promise: Promise<T>,
  timeoutMs: number | undefined,
  clock: Clock,
  awaited: Awaited,
): Promise<T> {
  if (timeoutMs === undefined) return promise;
  const inTime = new Promise<T>((resolve, reject) => {
    let timer = setLongTimer(clock, timeoutMs, () => {
      const tell = (reason?: WaitReason) => {
        timer.cancel();
        reject(new TimeoutError(awaited.what, timeoutMs, awaited.hint, reason));
      };
      timer = setLongTimer(clock, diagnosisMs, tell);
      // The reason is an addition: a failed diagnosis does not change the error.
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
  return inTime.then(undefined, rethrowAtCallSite);
}
