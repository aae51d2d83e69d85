/** Makes messages of inbox rows: what waits in the table, read at the start of a term or by the poller. */
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

  /** Takes a row into memory, unless it is there or has been: a row may be seen again until what became of it is committed. */
  take(row: InboxRow): void {
    const message = this.messageOf(row);
    if (message === undefined) return;
    if (message.body.kind === 'activity') {
      this.term.rows.set(row.id, message);
      this.activities.add(message as Message<ActivityMessage>);
    } else this.delivery.enqueue(message);
  }

  /** Not in memory, nor consumed, nor set aside. */
  isNew(row: InboxRow): boolean {
    return this.term.rows.isNews(row) && !this.unreadable.has(row.id);
  }

  /** The request id of a message that another process sent and that is not admitted yet. */
  receiptOf(row: InboxRow): RequestReceipt | undefined {
    // What was admitted has its place; scheduled messages of this process have no request id in their rows.
    if (row.arrival !== null || !row.body.includes('"requestId"') || !this.isNew(row)) return undefined;
    try {
      const body = JSON.parse(row.body) as StoredBody;
      if (body.origin?.receipt !== undefined) return body.origin.receipt;
      return body.kind === 'operation' && body.reply?.to === 'client' ? body.reply.receipt : undefined;
    } catch {
      return undefined;
    }
  }

  /** `undefined`: it is known already, or cannot be read. */
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
    // A term of this process that is over left an attempt open: it ended nothing, and must not count when another message does.
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

  /** A row that cannot be read waits in the table; it stops nobody else. */
  private bodyOf(row: InboxRow): StoredBody | undefined {
    try {
      const body = JSON.parse(row.body) as StoredBody;
      // Under an id that is no safe integer it could not be consumed.
      if (Number.isSafeInteger(row.id) && isMessageFor(row.target, body)) return body;
    } catch {
      // Reported below.
    }
    this.unreadable.add(row.id);
    this.term.ports.logger.error(
      { row: row.id, target: row.target },
      'A message cannot be read; it stays in the inbox.',
    );
    return undefined;
  }

  /** It gets its place, so that polls do not find it again: it would stand before what can be read. */
  private setAside(row: InboxRow): void {
    if (row.arrival !== null) return this.term.ids.sawArrival(row.arrival);
    const message = new Message<MessageBody>(row.target, { kind: 'none' });
    message.row = row.id;
    message.stored = true;
    message.arrival = this.term.ids.nextArrival();
    this.term.batch.adopted.add(message);
  }
}
