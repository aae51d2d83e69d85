/**
 * Those who wait for batches that are committed: they hear of it in the order of the batches, and in each in its order.
 *
 * Not all at once: whoever hears of it sends the next message, and what a thousand clients do then would hold up what the commit has
 * set free inside. So the loop may let a chunk of them go on, work, and commit again before the others.
 */
import type { Logger } from '../ports/log.js';
import type { SealedBatch } from './sealing.js';
import type { Shared } from './shared.js';

export class Releases {
  private readonly batches: SealedBatch[] = [];
  /** Of the first batch: how many of its accepted messages, and of its callbacks, are through. */
  private accepted = 0;
  private called = 0;

  constructor(
    private readonly shared: Shared,
    private readonly logger: Logger,
  ) {}

  /** Somebody waits who may go on. */
  get pending(): boolean {
    return this.batches.length > 0;
  }

  /** This batch is committed. */
  add(sealed: SealedBatch): void {
    this.batches.push(sealed);
  }

  /** Lets the next ones go on, at most so many. */
  next(max: number): void {
    for (let left = max; left > 0; left--) {
      const [batch] = this.batches;
      if (batch === undefined) return;
      if (this.accepted < batch.accepted.length) this.accept(batch);
      else if (this.called < batch.afterCommit.length) this.call(batch);
      else this.done(batch);
    }
  }

  /** Lets everybody go on: what is committed is told, whatever comes now. */
  all(): void {
    while (this.pending) this.next(Number.POSITIVE_INFINITY);
  }

  private accept(batch: SealedBatch): void {
    const submission = batch.accepted[this.accepted++]!;
    if (submission.when === 'accepted') submission.resolve();
    else if (submission.row !== 0) this.shared.waitingRows.set(submission.row, submission);
  }

  private call(batch: SealedBatch): void {
    try {
      batch.afterCommit[this.called++]!();
    } catch (error) {
      this.logger.error({ error }, 'A callback after a commit threw.');
    }
  }

  private done({ commit }: SealedBatch): void {
    this.batches.shift();
    this.accepted = this.called = 0;
    this.shared.rowWatch.committed(commit);
    this.shared.watch.wrote(commit.instances);
  }
}
