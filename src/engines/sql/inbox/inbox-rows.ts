/** Makes messages of inbox rows, which are read from the table at the start of a term or by the poller. */
import {
  isMessageFor,
  type ActivityMessage,
  type MessageBody,
  type RequestReceipt,
  type StoredBody,
} from '../model/messages.js';
import type { InboxRow } from '../ports/store.js';
import type { Activities } from '../outgoing/activities.js';
import type { Delivery } from '../live/delivery.js';
import type { WorkerTerm } from '../live/worker-term.js';
import { Message } from '../live/message.js';
import type { Submission } from './submission.js';

export class InboxRows {
  private readonly unreadable = new Set<number>();

  constructor(
    private readonly term: WorkerTerm,
    private readonly delivery: Delivery,
    private readonly activities: Activities,
    private readonly waitingRows: ReadonlyMap<number, Submission>,
  ) {}

  /** Takes a row into memory, unless this term has had it: a read may return a row again until its deletion is committed. */
  take(row: InboxRow): void {
    const message = this.messageOf(row);
    if (message === undefined) return;
    if (message.body.kind === 'activity') {
      this.term.rows.set(row.id, message);
      this.activities.add(message as Message<ActivityMessage>);
    } else this.delivery.enqueue(message);
  }

  /** Whether the row is not in memory, not consumed, and readable as far as known. */
  isNew(row: InboxRow): boolean {
    return this.term.rows.isNews(row) && !this.unreadable.has(row.id);
  }

  /** The request id of a message from another process that is not admitted yet. */
  receiptOf(row: InboxRow): RequestReceipt | undefined {
    // Admitted messages have an arrival number. Scheduled messages of this process have no request id in their rows.
    if (row.arrival !== null || !row.body.includes('"requestId"') || !this.isNew(row)) return undefined;
    try {
      const body = JSON.parse(row.body) as StoredBody;
      if (body.origin?.receipt !== undefined) return body.origin.receipt;
      return body.kind === 'operation' && body.reply?.to === 'client' ? body.reply.receipt : undefined;
    } catch {
      return undefined;
    }
  }

  /** `undefined` if the row is known already, or cannot be read. */
  messageOf(row: InboxRow): Message | undefined {
    const { term } = this;
    if (!this.isNew(row)) return undefined;
    const stored = this.bodyOf(row);
    if (stored === undefined) {
      this.setAside(row);
      return undefined;
    }
    const { origin, ...body } = stored;
    const message = new Message<MessageBody>(row.target, body);
    if (origin?.ack !== undefined && origin.ack.process !== term.process) message.ack = origin.ack;
    message.row = row.id;
    message.stored = true;
    message.durable = true;
    message.attempts = term.caution.attemptsOf(row.id, row.attempts);
    // An earlier term of this process left an attempt open. That attempt ended no process, and must not count later.
    if (message.attempts !== row.attempts) term.batch.attempted.set(row.id, message.attempts);
    message.submission = this.waitingRows.get(row.id);
    if (row.arrival === null) {
      message.arrival = term.ids.nextArrival();
      term.batch.adopted.add(message);
    } else {
      message.arrival = row.arrival;
      term.ids.sawArrival(row.arrival);
    }
    return message;
  }

  /** The body of a row. `undefined` if it cannot be read: such a row stays in the table and stops no other message. */
  private bodyOf(row: InboxRow): StoredBody | undefined {
    try {
      const body = JSON.parse(row.body) as StoredBody;
      // A row whose id is not a safe integer could not be consumed.
      if (Number.isSafeInteger(row.id) && isMessageFor(row.target, body)) return body;
    } catch {
      // Reported below.
    }
    this.unreadable.add(row.id);
    this.term.ports.logger.error(
      { row: row.id, target: row.target },
      'A message cannot be read. It stays in the inbox.',
    );
    return undefined;
  }

  /** Gives an unreadable row a place, so that polls do not return it again in front of readable rows. */
  private setAside(row: InboxRow): void {
    if (row.arrival !== null) return this.term.ids.sawArrival(row.arrival);
    const message = new Message<MessageBody>(row.target, { kind: 'none' });
    message.row = row.id;
    message.stored = true;
    message.arrival = this.term.ids.nextArrival();
    this.term.batch.adopted.add(message);
  }
}
