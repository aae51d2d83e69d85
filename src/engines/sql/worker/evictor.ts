/**
 * Drops instances from memory that nobody used for a while.
 *
 * Pinned: what is dirty or written by a batch that is not committed yet, what waits, loads or runs. So a later load reads the
 * newest state.
 */
import type { WorkerTerm } from '../live/worker-term.js';
import type { LiveInstance } from '../live/live-instance.js';

export class Evictor {
  constructor(private readonly term: WorkerTerm) {}

  /** Called after each commit. */
  sweep(): void {
    const { live, options } = this.term;
    if (options.evictAfterEachTurn) {
      for (const instance of live.values()) if (this.clean(instance)) this.drop(instance);
      return;
    }
    // Second chance: the first pass takes the mark, the second one the instance. The map keeps the order of insertion.
    let excess = live.size - options.maxIdleInstances;
    if (excess <= 0) return;
    for (const instance of live.values()) {
      if (excess <= 0) break;
      if (!this.clean(instance)) continue;
      if (instance.used) {
        instance.used = false;
        continue;
      }
      this.drop(instance);
      excess--;
    }
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
    // A session is not closed: code that goes on although nothing was fed to it is reported still.
    this.term.live.delete(instance.id);
  }
}
