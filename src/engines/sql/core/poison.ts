/**
 * Poison messages: messages that end their process, and the rules by which the next process finds such a message and sets it aside.
 * Arithmetic, no clock.
 *
 * A message that ends the process before any commit leaves no trace. So takeovers from owners that did not end cleanly are counted. From
 * the second such takeover in a row on, work is cautious: the worker runs one message at a time, and commits each attempt before it begins.
 * A message whose attempts are used up becomes a dead letter.
 */

/** The number of takeovers in a row from which on work is cautious. */
export const cautiousFromCrashes = 2;
/** The number of attempts of a message. An attempt that was left open was ended by the death of its process. */
export const attemptsMax = 3;
/** The worker is healthy again after this many messages or this time. */
export const healthyMessages = 1_000;
export const healthyMs = 60_000;
/** An operation that has awaited for this long has not ended its process. Its attempt is not counted. */
export const attemptGivenBackMs = 1_000;

export function isCautious(crashes: number): boolean {
  return crashes >= cautiousFromCrashes;
}

export function isHealthy(messages: number, elapsedMs: number): boolean {
  return messages >= healthyMessages || elapsedMs >= healthyMs;
}

/** Whether the attempt with this number is the last one of its message. */
export function isLastAttempt(attempts: number): boolean {
  return attempts === attemptsMax;
}

export function isUsedUp(attempts: number): boolean {
  return attempts >= attemptsMax;
}
