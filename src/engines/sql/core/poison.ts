/**
 * Messages that end their process: how the next one finds out which it was, and sets it aside. Arithmetic, no clock.
 *
 * A message that kills before any commit leaves no trace. So takeovers from owners that did not end cleanly are counted, and
 * from the second in a row on work is cautious: nothing runs ahead, one message at a time, and each attempt is committed before
 * it begins. A message whose attempts are used up is not tried again.
 */

/** From this many takeovers in a row on. */
export const cautiousFromCrashes = 2;
/** Attempts that a message has; each that is left open was ended by the death of its process. */
export const attemptsMax = 3;
/** Healthy again after this much work or this long. */
export const healthyMessages = 1_000;
export const healthyMs = 60_000;
/** An operation that has awaited for this long has not ended its process: its attempt is given back. */
export const attemptGivenBackMs = 1_000;

export function isCautious(crashes: number): boolean {
  return crashes >= cautiousFromCrashes;
}

export function isHealthy(messages: number, elapsedMs: number): boolean {
  return messages >= healthyMessages || elapsedMs >= healthyMs;
}

export function isUsedUp(attempts: number): boolean {
  return attempts >= attemptsMax;
}
