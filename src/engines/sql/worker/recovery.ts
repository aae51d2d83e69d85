/** After the end of a term: what became of its last batch, and of those who wait for it. */
import { LeaseLostError, StorageBusyError, UnknownOutcomeError } from '../../../errors/index.js';
import type { EnginePorts } from '../options.js';
import type { WorkerParts } from './assemble.js';
import { notifyWaiters, type ClientWaits } from '../waiting/client-waits.js';
import type { Submission } from '../inbox/submission.js';

/**
 * Makes a pending commit impossible (or waits for it), then knows: what was applied is acknowledged, what was not goes back to
 * the front of the queue, in its order. @throws what the store throws: nothing has changed
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
    // A row that is gone died long ago. A fence that failed says by itself that nothing was applied.
    if (seq === undefined && !(term.ended instanceof LeaseLostError)) rejectUnknown(sealed.accepted.splice(0));
    else if ((seq ?? 0) >= sealed.commit.seq) notifyWaiters(sealed, waits, ports.logger);
    else lost = [...sealed.accepted, ...lost];
  }
  for (const submission of lost) submission.row = submission.laterRow = 0;
  waits.queue.putBack(lost);
}

/** The storage does not answer, and nobody shall wait longer: clients are told what is known of their messages. */
export function giveUpWaiting({ term, committer }: WorkerParts, { queue }: ClientWaits, cause: unknown): void {
  rejectUnknown(committer.inFlight?.accepted.splice(0) ?? [], cause);
  refuseWaiting([...term.batch.accepted.splice(0), ...queue.takeAll()], cause);
}

/** The storage refused the last batch for good, and the worker goes on no more: nothing of what waits here was stored. */
export function refuseUnstored({ term, committer }: WorkerParts, { queue }: ClientWaits, error: Error): void {
  const sealed = committer.inFlight?.accepted.splice(0) ?? [];
  for (const submission of [...sealed, ...term.batch.accepted.splice(0), ...queue.takeAll()]) submission.reject(error);
}

function rejectUnknown(submissions: readonly Submission[], cause?: unknown): void {
  const unknown = new UnknownOutcomeError('the storage did not say whether the last batch was stored', cause);
  for (const submission of submissions) submission.reject(unknown);
}

/** None of these was sent to the storage. */
export function refuseWaiting(submissions: readonly Submission[], cause: unknown): void {
  const busy = new StorageBusyError('it has not taken anything for a while', cause);
  for (const submission of submissions) submission.reject(busy);
}
