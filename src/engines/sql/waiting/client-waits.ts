/** What belongs to this process and not to a term: it outlives resets. */
import type { Logger } from '../../../ports/log.js';
import type { IntakeQueue } from '../inbox/admission.js';
import type { PendingCalls } from './pending-calls.js';
import type { RowWatch } from './row-watch.js';
import type { RunWatch } from './run-watch.js';
import type { SealedBatch } from '../commit/sealing.js';
import type { Submission } from '../inbox/submission.js';

export interface ClientWaits {
  readonly queue: IntakeQueue;
  readonly calls: PendingCalls;
  readonly watch: RunWatch;
  readonly rowWatch: RowWatch;
  /** Client messages that are durable as rows and wait to be applied. */
  readonly waitingRows: Map<number, Submission>;
}

/** The batch is committed: everybody who waits for it hears of it, in its order. */
export function notifyWaiters(
  sealed: SealedBatch,
  { waitingRows, watch, rowWatch }: ClientWaits,
  logger: Logger,
): void {
  for (const submission of sealed.accepted) {
    if (submission.when === 'accepted') submission.resolve();
    else if (submission.row !== 0) waitingRows.set(submission.row, submission);
  }
  for (const callback of sealed.afterCommit) {
    try {
      callback();
    } catch (error) {
      logger.error({ error }, 'A callback after a commit threw.');
    }
  }
  rowWatch.committed(sealed.commit);
  watch.wrote(sealed.commit.instances);
}
