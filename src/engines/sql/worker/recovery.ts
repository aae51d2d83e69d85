/** Recovery after the end of a worker term: finds out the outcome of its last batch, and answers the waiting clients. */
import { LeaseLostError, StorageBusyError, UnknownOutcomeError } from '../../../errors/index.js';
import type { EnginePorts } from '../options.js';
import type { WorkerParts } from './assemble.js';
import { notifyWaiters, type ClientWaits } from '../waiting/client-waits.js';
import type { Submission } from '../inbox/submission.js';

/**
 * Makes a commit in progress impossible, or waits for it. Then clients of an applied batch are answered, and messages of a lost batch go
 * back to the front of the queue, in order.
 * @throws the errors of the store; then nothing has changed
 */
export async function settleLastBatch(
  { term, committer }: WorkerParts,
  waits: ClientWaits,
  ports: EnginePorts,
): Promise<void> {
  const sealed = committer.inFlight;
  const { seq } = await ports.store.retire(term.incarnation, { attempts: term.caution.attemptsToGiveBack });
  let lost: readonly Submission[] = term.batch.accepted;
  if (sealed !== undefined) {
    // A missing row died long ago. A failed fence proves that nothing was applied.
    if (seq === undefined && !(term.ended instanceof LeaseLostError)) rejectUnknown(sealed.accepted.splice(0));
    else if ((seq ?? 0) >= sealed.commit.seq) notifyWaiters(sealed, waits, ports.logger);
    else lost = [...sealed.accepted, ...lost];
  }
  for (const submission of lost) {
    submission.row = submission.laterRow = 0;
    submission.away = false;
  }
  waits.queue.putBack(lost);
}

/** Rejects all waiting messages with what is known of them, because the storage does not answer. */
export function giveUpWaiting({ term, committer }: WorkerParts, { queue }: ClientWaits, cause: unknown): void {
  rejectUnknown(committer.inFlight?.accepted.splice(0) ?? [], cause);
  refuseWaiting([...term.batch.accepted.splice(0), ...queue.takeAll()], cause);
}

/**
 * Rejects all waiting messages, because the storage refused the last batch for good and the worker stops. None of these messages was
 * stored.
 */
export function refuseUnstored({ term, committer }: WorkerParts, { queue }: ClientWaits, error: Error): void {
  const sealed = committer.inFlight?.accepted.splice(0) ?? [];
  for (const submission of [...sealed, ...term.batch.accepted.splice(0), ...queue.takeAll()]) submission.reject(error);
}

function rejectUnknown(submissions: readonly Submission[], cause?: unknown): void {
  const unknown = new UnknownOutcomeError('the storage did not say whether the last batch was stored', cause);
  for (const submission of submissions) submission.reject(unknown);
}

/** Rejects messages that were not sent to the storage. */
export function refuseWaiting(submissions: readonly Submission[], cause: unknown): void {
  const busy = new StorageBusyError('it has not accepted any message for a while', cause);
  for (const submission of submissions) submission.reject(busy);
}
