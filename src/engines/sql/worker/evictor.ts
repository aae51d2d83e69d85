/**
 * Evicts instances from memory that were not used for a while, if there are too many idle instances, or if their states are too large.
 *
 * Instances that are dirty, wait, load, run, or belong to a batch that is not committed are never evicted. So a later load reads the newest
 * state.
 */
import type { WorkerTerm } from '../live/worker-term.js';
import type { LiveInstance } from '../live/live-instance.js';

/**
 * The number of instances that are visited after one commit, at most. So the cost does not grow with the number of instances that must
 * stay.
 */
const looksPerSweep = 2_000;

export class Evictor {
  constructor(private readonly term: WorkerTerm) {}

  /** Called after each commit. */
  sweep(): void {
    const { live, options } = this.term;
    if (options.evictAfterEachTurn) {
      for (const instance of live.values()) if (this.clean(instance)) this.drop(instance);
      return;
    }
    // Second chance: the first visit clears the mark, the second one evicts the instance.
    let looks = 0;
    for (const instance of live.values()) {
      if (!this.tooMany || ++looks > looksPerSweep) return;
      if (this.clean(instance) && !instance.used) this.drop(instance);
      else {
        instance.used = false;
        live.keep(instance);
      }
    }
  }

  private get tooMany(): boolean {
    const { live, options } = this.term;
    return live.size > options.maxIdleInstances || live.bytes > options.maxIdleBytes;
  }

  private clean(instance: LiveInstance): boolean {
    return (
      !instance.busy &&
      !instance.ready &&
      !instance.dirty &&
      instance.lastBatch <= this.term.committedSeq &&
      (instance.kind === 'entity' || !instance.fed)
    );
  }

  private drop(instance: LiveInstance): void {
    // The session is not closed: code that continues although it received no event is still reported.
    this.term.live.delete(instance.id);
  }
}
