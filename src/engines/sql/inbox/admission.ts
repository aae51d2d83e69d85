/** Admits client messages to the open batch, in order, in chunks. */
import { extended } from '../../../model/extended.js';
import { admitChunk } from '../core/pace.js';
import { RequestIdReusedError } from '../../../errors/index.js';
import type { EntityMessage, MessageBody } from '../model/messages.js';
import type { IntakeQueue } from './intake-queue.js';
import type { Delivery } from '../live/delivery.js';
import type { WorkerTerm } from '../live/worker-term.js';
import { Message } from '../live/message.js';
import type { PendingCalls } from '../waiting/pending-calls.js';
import type { Receipts } from './receipts.js';
import type { Router } from '../outgoing/router.js';
import { BatchCounts } from '../../../hub/operation-counts.js';
import type { Submission } from './submission.js';

export class Admission {
  private looking = false;
  /** Functions that release the receipts of the next chunk after it is admitted. */
  private unpin: (() => void)[] = [];

  constructor(
    private readonly term: WorkerTerm,
    private readonly queue: IntakeQueue,
    private readonly delivery: Delivery,
    private readonly router: Router,
    private readonly receipts: Receipts,
    private readonly calls: PendingCalls,
  ) {}

  /** Whether a call of `admit` would admit a message. */
  get open(): boolean {
    return this.queue.size > 0 && !this.looking;
  }

  /**
   * Admits the next chunk. If request ids of it are not known yet, their receipts are read first. Messages keep their order, so the whole
   * chunk waits.
   */
  admit(): void {
    if (!this.open || this.lookUp()) return;
    const { batch } = this.term;
    const from = batch.accepted.length;
    for (let count = Math.min(admitChunk, this.queue.size); count > 0; count--) this.admitOne(this.queue.take());
    for (const unpin of this.unpin.splice(0)) unpin();
    observeAdmitted(this.term, batch.accepted, from);
  }

  private lookUp(): boolean {
    const keys = [];
    for (let i = 0; i < admitChunk; i++) {
      const submission = this.queue.peek(i);
      if (submission === undefined) break;
      // The owner of the target decides, here or elsewhere.
      if (submission.receipt === undefined || !this.term.ownership.ownsTarget(submission.target)) continue;
      keys.push({ target: submission.target, requestId: submission.receipt.requestId });
    }
    const unknown = keys.filter((key) => !this.receipts.knows(key));
    if (unknown.length === 0) return false;
    this.unpin.push(this.receipts.pin(keys));
    this.looking = true;
    this.receipts.look(unknown).then(
      () => {
        this.looking = false;
        this.term.wake();
      },
      (error: unknown) => this.term.end(error instanceof Error ? error : new Error(String(error))),
    );
    return true;
  }

  private admitOne(submission: Submission): void {
    const { term } = this;
    const { target, body, dueMs } = submission;
    submission.repeats = undefined;
    if (!term.ownership.ownsTarget(target)) return this.admitAway(submission);
    if (submission.receipt !== undefined) {
      const verdict = this.receipts.admit(target, submission.receipt, { submission });
      if (verdict === 'reused')
        return submission.reject(new RequestIdReusedError(submission.receipt.requestId, target));
      if (verdict === 'repeat') return this.admitRepeat(submission, body as EntityMessage);
    }
    term.batch.accepted.push(submission);
    if (dueMs !== undefined && dueMs > term.nowMs()) {
      submission.row = this.router.sendAt(target, body, dueMs);
      return;
    }
    this.deliver(submission);
  }

  /** Admits a message for the partition of another worker. Its owner decides about a request id, and answers with a receipt. */
  private admitAway(submission: Submission): void {
    const { term } = this;
    const { target, body, dueMs, receipt } = submission;
    submission.away = true;
    term.batch.accepted.push(submission);
    if (dueMs !== undefined && dueMs > term.nowMs()) {
      const stored = receipt === undefined ? body : extended(body, { origin: { receipt } });
      submission.row = this.router.schedule(target, stored, dueMs);
      return;
    }
    this.deliver(submission);
  }

  private deliver(submission: Submission): void {
    const { target, body } = submission;
    const message = new Message(target, body.kind === 'schedule' ? this.withRow(submission, body) : body);
    message.submission = submission;
    this.delivery.deliver(message);
  }

  /** Gives the scheduled signal its row id now, because the ticket names it. */
  private withRow(submission: Submission, body: MessageBody & { kind: 'schedule' }): MessageBody {
    submission.laterRow = this.term.ids.newRow();
    return extended(body, { row: submission.laterRow });
  }

  /**
   * Admits a repeated message: it is as durable as the first one, at the latest with the open batch. A repeated call is answered from the
   * receipt.
   */
  private admitRepeat(submission: Submission, body: EntityMessage): void {
    this.term.batch.accepted.push(submission);
    const key = { target: submission.target, requestId: submission.receipt?.requestId as string };
    if (body.kind !== 'operation' || body.reply?.to !== 'client') return this.receipts.sameTicket(submission, key);
    const { reply } = body;
    const outcome = this.receipts.outcome(key);
    if (outcome === undefined) this.calls.repeat(key, reply);
    else this.term.batch.afterCommit.push(() => this.calls.answer(reply, outcome));
  }
}

/** Of the messages that are admitted together, so many have a time of their own, which stands for those that follow. */
const timedTogether = 4;

/** Notes how long the messages of a chunk have waited: a look at each costs more than all else that is counted. */
function observeAdmitted({ batch, ports, roundMs }: WorkerTerm, accepted: readonly Submission[], from: number): void {
  const { observer } = ports;
  if (observer?.admitted === undefined && observer?.counted === undefined) return;
  const { length } = accepted;
  if (length === from) return;
  // A message may have come within the round.
  const waitedMs = (at: number) => Math.max(0, roundMs - (accepted[at] as Submission).sinceMs);
  const step = Math.ceil((length - from) / timedTogether);
  if (observer.counted !== undefined) {
    const { waited } = (batch.counts ??= new BatchCounts());
    for (let at = from; at < length; at += step) waited.add(waitedMs(at), Math.min(step, length - at));
  }
  if (observer.admitted === undefined) return;
  const each = Array.from({ length: length - from }, (_, index) => waitedMs(from + index));
  batch.afterCommit.push(() => {
    for (const ms of each) observer.admitted?.(ms);
  });
}
