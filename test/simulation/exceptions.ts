/**
 * An exception in our own code after a commit: a look at the clock from what follows the commit throws once. Whatever it interrupts, the
 * batch is stored, its clients are answered, and the next term continues from the database.
 */
import type { ProcessClock } from '../../src/testing/virtual-clock.js';
import type { FaultStore } from '../engine/fault-store.js';

/** Code that runs after a commit and before anything else. */
const afterCommit = /commit\/(?:committer|after-commit)\.js/;

/** @param draw at which look at the clock after this commit the exception comes; `undefined` for none */
export function throwAfterCommits(store: FaultStore, clock: ProcessClock, draw: () => number | undefined): void {
  let left: number | undefined;
  const commit = store.commit.bind(store);
  store.commit = async (batch) => {
    const answer = await commit(batch);
    left = draw();
    return answer;
  };
  for (const member of ['monotonicMs', 'setTimer'] as const) {
    const original = clock[member].bind(clock) as (...given: unknown[]) => unknown;
    const value = (...given: unknown[]) => {
      if (left !== undefined && afterCommit.test(new Error('where').stack ?? '') && --left === 0) {
        left = undefined;
        throw new Error(`an exception after a commit, in ${member} (a fault)`);
      }
      return original(...given);
    };
    Object.defineProperty(clock, member, { value });
  }
}
