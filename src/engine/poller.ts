/** Takes rows that have become due out of the table. Scheduled messages live there; memory knows only the next due time. */
import { isMessageFor, type ActivityMessage, type MessageBody } from '../model/messages.js';
import type { Timer } from '../ports/clock.js';
import type { InboxRow } from '../ports/store.js';
import type { Activities } from './activities.js';
import type { Life } from './life.js';
import { Message } from './message.js';
import type { Submission } from './submission.js';

const pageSize = 1_000;
/** The longest that a timer of the platform can wait. */
const sleepMsMax = 2 ** 31 - 1;

export class Poller {
  private nextDueMs = Number.POSITIVE_INFINITY;
  /** Earliest due time committed while a poll is under way: that poll may not have seen it. */
  private meanwhileMs = Number.POSITIVE_INFINITY;
  private timer: Timer | undefined;
  private polling = false;
  private readonly unreadable = new Set<number>();

  constructor(
    private readonly life: Life,
    private readonly activities: Activities,
    private readonly waitingRows: ReadonlyMap<number, Submission>,
  ) {}

  /** The barrier: reads everything that waits, before anything runs. */
  async readBacklog(): Promise<void> {
    const { life } = this;
    const { store } = life.ports;
    let after: InboxRow | undefined;
    for (;;) {
      const nowMs = life.nowMs();
      const page = { nowMs, limit: pageSize, ...(after === undefined ? {} : { after }) };
      const rows = await store.readBacklog(life.incarnation, page);
      for (const row of rows) this.take(row);
      if (rows.length < pageSize) break;
      after = rows.at(-1);
    }
    await this.poll();
  }

  /** A batch with rows for later was committed. */
  scheduled(dueMs: number): void {
    if (dueMs < this.meanwhileMs) this.meanwhileMs = dueMs;
    if (dueMs < this.nextDueMs) {
      this.nextDueMs = dueMs;
      this.arm();
    }
  }

  private arm(): void {
    this.timer?.cancel();
    this.timer = undefined;
    if (this.nextDueMs === Number.POSITIVE_INFINITY || this.life.ended !== undefined) return;
    const waitMs = Math.min(Math.max(Math.ceil(this.nextDueMs - this.life.nowMs()), 0), sleepMsMax);
    this.timer = this.life.ports.clock.setTimer(waitMs, () => {
      this.poll().catch((error: unknown) => this.life.end(error instanceof Error ? error : new Error(String(error))));
    });
  }

  private async poll(): Promise<void> {
    const { life } = this;
    if (this.polling) return;
    this.polling = true;
    this.meanwhileMs = Number.POSITIVE_INFINITY;
    const page = { nowMs: life.nowMs(), limit: pageSize };
    life.pollBegins();
    const { rows, nextDueMs } = await life.ports.store.poll(life.incarnation, page);
    this.polling = false;
    if (life.ended !== undefined) return;
    for (const row of rows) this.take(row);
    life.pollEnds();
    // A full page: more is due now. A row seen but not yet adopted in the table comes again and is known by its id.
    const again = rows.length === pageSize ? page.nowMs : Number.POSITIVE_INFINITY;
    this.nextDueMs = Math.min(nextDueMs ?? Number.POSITIVE_INFINITY, this.meanwhileMs, again);
    this.arm();
    if (rows.length > 0) life.wake();
  }

  private take(row: InboxRow): void {
    const { life } = this;
    if (life.rows.has(row.id) || life.consumedRows.has(row.id) || this.unreadable.has(row.id)) return;
    const body = this.read(row);
    if (body === undefined) return this.setAside(row);
    const message = new Message(row.target, body);
    message.row = row.id;
    message.stored = true;
    message.durable = true;
    message.attempts = life.caution.attemptsOf(row.id, row.attempts);
    message.submission = this.waitingRows.get(row.id);
    if (row.arrival === null) {
      message.arrival = life.nextArrival();
      life.batch.adopted.add(message);
    } else {
      message.arrival = row.arrival;
      life.sawArrival(row.arrival);
    }
    if (message.body.kind === 'activity') {
      life.rows.set(row.id, message);
      this.activities.add(message as Message<ActivityMessage>);
    } else life.enqueue(message);
  }

  /** A row that cannot be read waits in the table; it stops nobody else. */
  private read(row: InboxRow): MessageBody | undefined {
    try {
      const body = JSON.parse(row.body) as MessageBody;
      if (isMessageFor(row.target, body)) return body;
    } catch {
      // Reported below.
    }
    this.unreadable.add(row.id);
    this.life.ports.logger.error(
      { row: row.id, target: row.target },
      'A message cannot be read; it stays in the inbox.',
    );
    return undefined;
  }

  /** It gets its place, so that polls do not find it again: it would stand before what can be read. */
  private setAside(row: InboxRow): void {
    if (row.arrival !== null) return this.life.sawArrival(row.arrival);
    const message = new Message<MessageBody>(row.target, { kind: 'none' });
    message.row = row.id;
    message.stored = true;
    message.arrival = this.life.nextArrival();
    this.life.batch.adopted.add(message);
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}
