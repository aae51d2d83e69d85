/**
 * Drops instances from memory that nobody used for a while, when there are more than may be idle, or when their states amount to more.
 *
 * Pinned: what is dirty or written by a batch that is not committed yet, what waits, loads or runs. So a later load reads the
 * newest state.
 */
import type { WorkerTerm } from '../live/worker-term.js';
import type { LiveInstance } from '../live/live-instance.js';

/** Looked at after one commit, at most: what is pinned costs no more however much of it there is. */
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
    // Second chance: the first look takes the mark, the second one the instance.
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
    // A session is not closed: code that goes on although nothing was fed to it is reported still.
    this.term.live.delete(instance.id);
  }
}
