/**
 * The graceful end of a worker term. Running activities and external operations may end, then the last batch frees the partitions. Each
 * step has its own time limit.
 */
import { HostStoppedError } from '../../../errors/index.js';
import type { Clock } from '../../../ports/clock.js';
import type { WorkerParts } from './assemble.js';

/** Instances that keep each other busy are left to the next host after this time, in milliseconds. */
const busyAtStopMsMax = 1_000;
/** Aborted activities and operations may still end by themselves for this time, in milliseconds. */
const abortedMsMax = 500;
/** How long a stop waits for an answer of the storage, in milliseconds. */
export const answerAtStopMsMax = 5_000;

/**
 * Ends a term: aborts activities and external operations after `stopTimeoutMs`, commits all effects, and frees the partitions. Never
 * rejects.
 */
export async function stopTerm(parts: WorkerParts, clock: Clock, stopTimeoutMs: number): Promise<void> {
  const { term, loop, committer } = parts;
  term.stopping = true;
  // Most partitions go to the other workers at once, those with running work later.
  if (parts.rebalancer !== undefined)
    await withinMs(clock, answerAtStopMsMax, parts.rebalancer.leave()).catch(() => {});
  const refused = new HostStoppedError('the host is stopping');
  const quiet = await quiesce(parts, refused, clock, stopTimeoutMs);
  // A clean stop ends no attempt by a death.
  term.caution.giveBack();
  if (quiet) {
    loop.leave();
    // A heartbeat of a barrier may be committed before.
    const left = () => term.ended !== undefined || (loop.hasLeft && committer.free);
    await until(clock, answerAtStopMsMax, left);
  }
  committer.abandon();
  term.end(refused);
}

/**
 * Resolves when no activity or external operation runs and all effects are committed, or at the time limit. Resolves with `false` if the
 * storage does not answer.
 */
async function quiesce(
  { term, committer }: WorkerParts,
  refused: Error,
  clock: Clock,
  stopTimeoutMs: number,
): Promise<boolean> {
  const startedMs = clock.monotonicMs();
  await until(clock, stopTimeoutMs + answerAtStopMsMax, () => {
    if (term.ended !== undefined) return true;
    const elapsedMs = clock.monotonicMs() - startedMs;
    if (elapsedMs > stopTimeoutMs) term.abortExternal(refused);
    term.wake();
    if (term.outside.count > 0 && elapsedMs <= stopTimeoutMs + abortedMsMax) return false;
    // Instances that keep each other busy continue with the next host.
    return committer.free && ((term.batch.empty && !term.anythingReady) || elapsedMs > busyAtStopMsMax);
  });
  return committer.free && term.ended === undefined;
}

/** Checks the condition repeatedly, with growing pauses, until it holds or `ms` milliseconds have passed. */
async function until(clock: Clock, ms: number, condition: () => boolean): Promise<void> {
  const endMs = clock.monotonicMs() + ms;
  for (let pauseMs = 1; !condition() && clock.monotonicMs() < endMs; pauseMs = Math.min(pauseMs * 1.5, 50)) {
    await new Promise<void>((resolve) => clock.setTimer(pauseMs, resolve));
  }
}

/** Settles as the promise does, or rejects with HostStoppedError after `ms` milliseconds. */
export function withinMs<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new HostStoppedError('the storage does not answer'));
    const timer = clock.setTimer(ms, late);
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}
