/**
 * Evicts instances from memory: orchestrations that have ended, as soon as their end is durable, and instances that were not used for a
 * while, if there are too many idle instances, or if their states are too large.
 *
 * Instances that are dirty, wait, load, run, or belong to a batch that is not committed are never evicted. So a later load reads the newest
 * state.
 */
import type { WorkerTerm } from '../live/worker-term.js';
import type { LiveInstance } from '../live/live-instance.js';
import { hasEnded } from '../../../model/runtime-status.js';

/**
 * The number of instances that are visited after one commit, at most. So the cost does not grow with the number of instances that must
 * stay.
 */
const looksPerSweep = 2_000;

/** An orchestration stays in memory for this number of commits after its end. */
const commitsKept = 8;

export class Evictor {
  /** The orchestrations that ended, for each of the last commits. */
  private readonly ended: LiveInstance[][] = [];

  constructor(private readonly term: WorkerTerm) {}

  /**
   * Called after each commit with its instances. Evicts the orchestrations that ended some commits ago. Thousands of them in memory are what
   * the garbage collector works on, and few of them are used again, apart from the client that asks for the result after its start.
   */
  committed(instances: readonly LiveInstance[]): void {
    this.ended.push(instances.filter(isEndedRun));
    if (this.ended.length <= commitsKept) return;
    for (const instance of this.ended.shift() ?? [])
      if (isEndedRun(instance) && this.clean(instance)) this.drop(instance);
  }

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
    if (this.term.live.get(instance.id) === instance) this.term.live.delete(instance.id);
  }
}

function isEndedRun(instance: LiveInstance): boolean {
  return instance.kind === 'orchestration' && instance.record !== undefined && hasEnded(instance.record.status);
}
