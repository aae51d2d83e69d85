/** Answers calls of clients: in this process after the commit, in another process by a receipt that the process reads. */
import type { Answer, ReplyTo } from '../model/messages.js';
import type { Receipts } from '../inbox/receipts.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { PendingCalls } from '../waiting/pending-calls.js';

export class ClientReplies {
  constructor(
    private readonly term: WorkerTerm,
    private readonly calls: PendingCalls,
    private readonly receipts: Receipts,
  ) {}

  answer(reply: ReplyTo & { to: 'client' }, entity: string, answer: Answer): void {
    const { afterCommit } = this.term.batch;
    if (reply.process === this.term.process) afterCommit.push(() => this.calls.answer(reply, answer));
    else if (reply.receipt === undefined) this.term.writeAnswer(entity, reply, answer);
    if (reply.receipt === undefined) return;
    this.term.batch.answered.add(reply.process);
    const key = { target: entity, requestId: reply.receipt.requestId };
    this.receipts.settle(key, reply.receipt.hash, answer);
    afterCommit.push(() => this.calls.answerRepeats(key, answer));
  }
}
