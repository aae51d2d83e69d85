/**
 * The callers in this process that wait, with what they wait for. This record belongs to the process and not to a worker term, so it
 * survives the end of a term.
 */
import type { Logger } from '../../../ports/log.js';
import type { IntakeQueue } from '../inbox/intake-queue.js';
import type { AnswersElsewhere } from './answers-elsewhere.js';
import type { CommitFeed } from './commit-feed.js';
import type { Interest } from './interest.js';
import type { PendingCalls } from './pending-calls.js';
import type { RowWatch } from './row-watch.js';
import type { RunWatch } from './run-watch.js';
import type { SealedBatch } from '../commit/sealing.js';
import type { Submission } from '../inbox/submission.js';

export interface ClientWaits {
  readonly queue: IntakeQueue;
  readonly calls: PendingCalls;
  readonly elsewhere: AnswersElsewhere;
  readonly watch: RunWatch;
  readonly commits: CommitFeed;
  /** Other processes that watch instances of this one. */
  readonly interest: Interest;
  readonly rowWatch: RowWatch;
  /** Client messages that are durable as inbox rows and that wait to be applied, by row id. */
  readonly waitingRows: Map<number, Submission>;
}

/**
 * Answers all callers in this process that wait for a batch, in the order of the batch. Never throws: an error of a callback is logged, and
 * the other callbacks still run.
 */
export function notifyWaiters(
  sealed: SealedBatch,
  { waitingRows, watch, commits, rowWatch, elsewhere }: ClientWaits,
  logger: Logger,
): void {
  const call = (callback: () => void) => {
    try {
      callback();
    } catch (error) {
      logger.error({ error }, 'A callback after a commit threw an error.');
    }
  };
  for (const submission of sealed.accepted) {
    if (submission.when === 'applied' && submission.row !== 0) waitingRows.set(submission.row, submission);
    if (submission.away) call(() => elsewhere.lookFor(submission));
    else if (submission.when === 'accepted') call(() => submission.resolve());
  }
  for (const callback of sealed.afterCommit) call(callback);
  call(() => rowWatch.committed(sealed.commit));
  call(() => watch.wrote(sealed.commit.instances, sealed.inputs));
  call(() => commits.wrote(sealed.commit.instances));
}
