/**
 * Commits sealed batches, one in flight, each once: the next begins when the outcome of this one is known.
 *
 * Only a definite transient refusal sends the same bytes again. Every other failure ends the term; the supervisor finds out what
 * became of the batch.
 */
import { StoreBusyError } from '../ports/store-errors.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { CommitObservation } from '../../../hub/observer.js';
import type { AfterCommit } from './after-commit.js';
import { seal, type SealedBatch } from './sealing.js';

const busyPauseMs = 20;

export class Committer {
  /** Sealed and not known to be committed. */
  inFlight: SealedBatch | undefined;
  private isAbandoned = false;
  private givenUp = false;
  private giveUp: () => void = () => {};
  /** Resolves when nothing is in flight, however that came. Never rejects. */
  idle: Promise<void> = Promise.resolve();

  constructor(
    private readonly term: WorkerTerm,
    private readonly afterCommit: AfterCommit,
  ) {}

  get free(): boolean {
    return this.inFlight === undefined;
  }

  commit(extra: { leave?: boolean } = {}): void {
    const { term } = this;
    const { batch } = term;
    let sealed: SealedBatch;
    try {
      sealed = seal(term, extra);
    } catch (error) {
      // What the batch accepted is submitted again in the next term: nobody who waits for it is forgotten.
      term.batch = batch;
      return term.end(error instanceof Error ? error : new Error(String(error)));
    }
    this.inFlight = sealed;
    const ran = this.run(sealed).catch((error: unknown) => {
      this.term.end(error instanceof Error ? error : new Error(String(error)));
    });
    // No race with one promise for all commits: that would remember every one of them.
    this.idle = new Promise((resolve) => {
      this.giveUp = resolve;
      if (this.givenUp) resolve();
      else void ran.then(resolve);
    });
  }

  /** Nobody waits for a commit under way any more: the storage does not answer. */
  abandon(): void {
    this.isAbandoned = this.inFlight !== undefined;
    this.givenUp = true;
    this.giveUp();
  }

  private async run(sealed: SealedBatch): Promise<void> {
    const { term } = this;
    const { clock, store } = term.ports;
    const firstMs = clock.monotonicMs();
    let durationMs = 0;
    for (;;) {
      const startedMs = clock.monotonicMs();
      try {
        const { nowMs } = await store.commit(sealed.commit);
        term.hubClock.saw(nowMs);
        term.lastCommitStartedMs = startedMs;
        durationMs = clock.monotonicMs() - firstMs;
        break;
      } catch (error) {
        const tooLong = clock.monotonicMs() - firstMs > term.options.leaseMs;
        if (!(error instanceof StoreBusyError) || tooLong || term.ended !== undefined) throw error;
        await new Promise<void>((resolve) => clock.setTimer(busyPauseMs, resolve));
      }
    }
    if (this.isAbandoned) return;
    term.committedSeq = sealed.commit.seq;
    // The batch is forgotten only when its clients have been answered: whatever throws before, the next term answers them.
    this.afterCommit.answer(sealed);
    this.inFlight = undefined;
    term.ports.observer?.committed?.(observationOf(sealed, durationMs));
    this.afterCommit.runSteps(sealed);
    term.wake();
  }
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
