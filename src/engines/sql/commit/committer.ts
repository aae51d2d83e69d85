/**
 * Commits sealed batches, one at a time, each once: the next commit begins when the outcome of this one is known.
 *
 * Only a definite, transient refusal sends the same batch again. Every other failure ends the worker term, and the recovery finds out
 * whether the batch was stored.
 */
import { StoreBusyError } from '../ports/store-errors.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { CommitObservation } from '../../../hub/observer.js';
import type { CountingObserver } from '../../../hub/operation-counts.js';
import type { AfterCommit } from './after-commit.js';
import { CommitStats } from './commit-stats.js';
import { seal, type SealedBatch, type SealExtra } from './sealing.js';

const busyPauseMs = 20;

export class Committer {
  /** The batch that is sealed and not known to be committed. `undefined` if there is no such batch. */
  inFlight: SealedBatch | undefined;
  readonly stats = new CommitStats();
  private isAbandoned = false;
  private givenUp = false;
  private giveUp: () => void = () => {};
  /** Resolves when no commit is in flight, or `abandon` was called. Never rejects. */
  idle: Promise<void> = Promise.resolve();

  constructor(
    private readonly term: WorkerTerm,
    private readonly afterCommit: AfterCommit,
  ) {}

  get free(): boolean {
    return this.inFlight === undefined;
  }

  commit(extra: SealExtra = {}): void {
    const { term } = this;
    const { batch } = term;
    let sealed: SealedBatch;
    try {
      sealed = seal(term, extra);
    } catch (error) {
      // The next term submits again what the batch had accepted, so that every caller gets an answer.
      term.batch = batch;
      return term.end(error instanceof Error ? error : new Error(String(error)));
    }
    this.inFlight = sealed;
    const ran = this.run(sealed).catch((error: unknown) => {
      this.term.end(error instanceof Error ? error : new Error(String(error)));
    });
    // Not Promise.race with one promise for all commits: that promise would keep a callback of each commit for ever.
    this.idle = new Promise((resolve) => {
      this.giveUp = resolve;
      if (this.givenUp) resolve();
      else void ran.then(resolve);
    });
  }

  /** Resolves `idle` although a commit is in flight: the storage does not answer. */
  abandon(): void {
    this.isAbandoned = this.inFlight !== undefined;
    this.givenUp = true;
    this.giveUp();
  }

  private async run(sealed: SealedBatch): Promise<void> {
    const { term } = this;
    const { clock, store } = term.ports;
    const firstMs = clock.monotonicMs();
    let endedMs = 0;
    for (;;) {
      const startedMs = clock.monotonicMs();
      try {
        const { nowMs } = await store.commit(sealed.commit);
        term.hubClock.saw(nowMs);
        term.lastCommitStartedMs = startedMs;
        endedMs = clock.monotonicMs();
        break;
      } catch (error) {
        const tooLong = clock.monotonicMs() - firstMs > term.options.leaseMs;
        if (!(error instanceof StoreBusyError) || tooLong || term.ended !== undefined) throw error;
        await new Promise<void>((resolve) => clock.setTimer(busyPauseMs, resolve));
      }
    }
    if (this.isAbandoned) return;
    const durationMs = endedMs - firstMs;
    term.committedSeq = sealed.commit.seq;
    // The batch is dropped only after its clients have been answered. After an error before that, the next term answers them.
    this.afterCommit.answer(sealed);
    this.inFlight = undefined;
    this.stats.note(sealed, durationMs);
    observe(term.ports.observer, sealed, durationMs, endedMs);
    this.afterCommit.runSteps(sealed);
    term.wake();
  }
}

function observe(
  observer: CountingObserver | undefined,
  sealed: SealedBatch,
  durationMs: number,
  endedMs: number,
): void {
  if (observer?.committed === undefined && observer?.counted === undefined) return;
  const commit = observationOf(sealed, durationMs);
  observer.committed?.(commit);
  observer.counted?.({ commit, endedMs, counts: sealed.counts });
}

function observationOf({ accepted, commit }: SealedBatch, durationMs: number): CommitObservation {
  return {
    seq: commit.seq,
    durationMs,
    accepted: accepted.length,
    consumed: commit.consumed.length,
    inboxRows: commit.inbox.length,
    instances: commit.instances.length,
    historyRows: commit.history.length,
  };
}
