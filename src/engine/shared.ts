/** What belongs to this process and not to a life: it outlives resets. */
import { UnknownOutcomeError } from '../errors/index.js';
import type { Logger } from '../ports/log.js';
import type { IntakeQueue } from './admission.js';
import type { PendingCalls } from './pending-calls.js';
import type { RowWatch } from './row-watch.js';
import type { RunWatch } from './run-watch.js';
import type { SealedBatch } from './sealing.js';
import type { Submission } from './submission.js';

export interface Shared {
  readonly queue: IntakeQueue;
  readonly calls: PendingCalls;
  readonly watch: RunWatch;
  readonly rowWatch: RowWatch;
  /** Client messages that are durable as rows and wait to be applied. */
  readonly waitingRows: Map<number, Submission>;
  /** Another process is the worker from now on. */
  onStandby: () => void;
}

/** Another process is the worker: what waits in the queue here waits for its answer still, the rest would wait for ever. */
export function failUnreachable({ queue, calls, waitingRows }: Shared): void {
  const unknown = new UnknownOutcomeError('another host has taken over, and answers to nobody here');
  const queued = new Set<number>();
  for (const { body } of queue.all()) {
    if (body.kind === 'operation' && body.reply?.to === 'client') queued.add(body.reply.call);
  }
  calls.failOthers(queued, unknown);
  for (const submission of Array.from(waitingRows.values())) submission.reject(unknown);
  waitingRows.clear();
}

/** The batch is committed: everybody who waits for it hears of it, in its order. */
export function release(sealed: SealedBatch, { waitingRows, watch, rowWatch }: Shared, logger: Logger): void {
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
