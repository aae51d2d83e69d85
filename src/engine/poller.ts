/** Takes rows that have become due out of the table. Scheduled messages live there; memory knows only the next due time. */
import type { Timer } from '../ports/clock.js';
import type { InboxRow } from '../ports/store.js';
import type { InboxRows } from './inbox-rows.js';
import type { Life } from './life.js';

const pageSize = 1_000;
/** The longest that a timer of the platform can wait. */
const sleepMsMax = 2 ** 31 - 1;

export class Poller {
  private nextDueMs = Number.POSITIVE_INFINITY;
  /** Earliest due time committed while a poll is under way: that poll may not have seen it. */
  private meanwhileMs = Number.POSITIVE_INFINITY;
  private timer: Timer | undefined;
  private polling = false;

  constructor(
    private readonly life: Life,
    private readonly rows: InboxRows,
  ) {}

  /** The barrier: reads everything that waits, before anything runs. */
  async readBacklog(): Promise<void> {
    const { life } = this;
    const { store } = life.ports;
    let after: InboxRow | undefined;
    for (;;) {
      const page = { limit: pageSize, ...(after === undefined ? {} : { after }) };
      const rows = await store.readBacklog(life.incarnation, page);
      for (const row of rows) this.rows.take(row);
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
    for (const row of rows) this.rows.take(row);
    life.pollEnds();
    // A full page: more is due now. A row seen but not yet adopted in the table comes again and is known by its id.
    const again = rows.length === pageSize ? page.nowMs : Number.POSITIVE_INFINITY;
    this.nextDueMs = Math.min(nextDueMs ?? Number.POSITIVE_INFINITY, this.meanwhileMs, again);
    this.arm();
    if (rows.length > 0) life.wake();
  }

  stop(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}
