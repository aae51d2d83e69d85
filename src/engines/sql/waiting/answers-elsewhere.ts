/**
 * Waits for the answers of other workers: to calls and messages of this process whose targets they own. The owner writes a receipt, and this
 * process looks it up. If the partition comes here meanwhile, the answer comes from memory, and the search stops.
 */
import { decodeError } from '../../../model/error-details.js';
import { answerId, type ReplyTo } from '../model/messages.js';
import { readAnswer, readTicketRows } from '../model/stored.js';
import type { Relay } from '../ports/intake.js';
import type { ReceiptKey } from '../ports/store.js';
import type { Submission } from '../inbox/submission.js';
import type { PendingCalls } from './pending-calls.js';

/** Answers that were read and are not deleted yet. Retention deletes the others. */
const heardMax = 100_000;

export class AnswersElsewhere {
  /** Receipts that were read, and that a next batch deletes. */
  private heard: ReceiptKey[] = [];

  constructor(
    private readonly relay: Pick<Relay, 'watchReceipt'>,
    private readonly calls: PendingCalls,
  ) {}

  /** Takes the receipts that the next batch deletes: at most `max`. */
  takeHeard(max: number): readonly ReceiptKey[] {
    return this.heard.length === 0 ? this.heard : this.heard.splice(0, max);
  }

  /** Looks for the answers of all calls whose targets are not owned here. */
  lookForCalls(isAway: (target: string) => boolean): void {
    this.calls.lookElsewhereForAll(isAway, (target, reply) => this.lookForCall(target, reply));
  }

  private lookForCall(target: string, reply: ReplyTo & { to: 'client' }): () => void {
    const { receipt } = reply;
    const key = { target, requestId: receipt?.requestId ?? answerId(reply) };
    return this.relay.watchReceipt(key, { hash: receipt?.hash, early: false }, (found) => {
      if (found instanceof Error) return this.calls.fail(reply, found);
      if (receipt === undefined) this.hear(key);
      this.calls.answer(reply, readAnswer(key.requestId, found.outcome as string));
    });
  }

  /** Looks for the answer to a message that is committed for another worker. */
  lookFor(submission: Submission): void {
    const { body, target, receipt, when, call, dueMs } = submission;
    if (submission.search.begun) return;
    if (when === 'applied') {
      const key = { target, requestId: answerId({ process: this.calls.process, call }) };
      const stop = this.relay.watchReceipt(key, { early: false }, (found) => {
        if (found instanceof Error) return submission.reject(found);
        this.hear(key);
        const answer = readAnswer(key.requestId, found.outcome as string);
        if (answer.ok) submission.resolve(answer.value);
        else submission.reject(decodeError(answer.error));
      });
      submission.search.begin(stop);
    } else if ('reply' in body && body.reply?.to === 'client') {
      this.calls.lookElsewhere(body.reply.call, (_, reply) => this.lookForCall(target, reply));
      submission.resolve();
    } else if (receipt === undefined || dueMs !== undefined) submission.resolve();
    else {
      const key = { target, requestId: receipt.requestId };
      const stop = this.relay.watchReceipt(key, { hash: receipt.hash, early: true }, (found) => {
        if (found instanceof Error) submission.reject(found);
        else submission.resolveWithRows(readTicketRows(found.outcome));
      });
      submission.search.begin(stop);
    }
  }

  private hear(key: ReceiptKey): void {
    if (this.heard.length < heardMax) this.heard.push(key);
  }
}
