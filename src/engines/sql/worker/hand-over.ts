/** Hands the waits of this process over when another process becomes the worker. */
import { decodeError } from '../../../model/error-details.js';
import { answerId, type Answer } from '../model/messages.js';
import { readTicket } from '../../../model/ticket.js';
import type { Relay } from '../ports/intake.js';
import type { ClientWaits } from '../waiting/client-waits.js';
import type { Submission } from '../inbox/submission.js';

/**
 * Sends messages that are not in the database through the relay, in order. Messages that are in the database, as rows, are answered by
 * receipts of the new worker.
 */
export function handOver(waits: ClientWaits, relay: Relay): void {
  const { queue, calls, waitingRows, watch, rowWatch } = waits;
  const queued = queue.takeAll();
  const unsent = new Set<number>();
  for (const submission of queued) {
    const { body } = submission;
    if ('reply' in body && body.reply?.to === 'client') unsent.add(body.reply.call);
    relaySubmission(submission, waits, relay);
  }
  for (const { target, reply } of calls.handOver()) {
    if (target === undefined || unsent.has(reply.call)) continue;
    const requestId = reply.receipt?.requestId ?? answerId(reply);
    relay.answerOf({ target, requestId }).then(
      (answer) => calls.answer(reply, answer),
      (error: Error) => calls.fail(reply, error),
    );
  }
  for (const submission of Array.from(waitingRows.values())) {
    const { target, call } = submission;
    relay.answerOf({ target, requestId: answerId({ process: calls.process, call }) }).then(
      (answer) => settle(submission, answer),
      (error: unknown) => submission.reject(error),
    );
  }
  waitingRows.clear();
  watch.handOver(relay);
  rowWatch.handOver(relay);
}

/**
 * Hands the waits for these targets over, because other workers own them from now on. Messages that no batch has admitted stay in the queue:
 * their admission finds out who owns their targets.
 */
export function handOverAway(waits: ClientWaits, relay: Relay, isAway: (target: string) => boolean): void {
  const { elsewhere, waitingRows, watch, rowWatch } = waits;
  elsewhere.lookForCalls(isAway);
  for (const submission of waitingRows.values()) if (isAway(submission.target)) elsewhere.lookFor(submission);
  watch.handOver(relay, isAway);
  rowWatch.handOver(relay);
}

function settle(submission: Submission, answer: Answer): void {
  if (answer.ok) submission.resolve(answer.value);
  else submission.reject(decodeError(answer.error));
}

function relaySubmission(submission: Submission, { calls }: ClientWaits, relay: Relay): void {
  const { body, target, receipt, when } = submission;
  if ('reply' in body && body.reply?.to === 'client') {
    const { reply } = body;
    const answer =
      body.kind === 'operation'
        ? relay.call(target, body.operation, body.input, receipt, body.trace)
        : relay.cancelSignal(target, body.name).then(String);
    answer.then(
      (value) => calls.answer(reply, { ok: true, value }),
      (error: Error) => calls.fail(reply, error),
    );
    submission.resolve();
  } else if (when === 'applied') {
    relay.apply(submission).then(
      (value) => submission.resolve(value),
      (error: unknown) => submission.reject(error),
    );
  } else {
    relay.send(submission).then(
      (ticket) => {
        [submission.row = 0, submission.laterRow = 0] = readTicket(ticket).rows;
        submission.resolve();
      },
      (error: unknown) => submission.reject(error),
    );
  }
}
