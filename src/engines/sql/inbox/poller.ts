/**
 * Reads inbox rows that are not in memory yet: scheduled messages that are due, and messages written by other processes.
 *
 * Memory holds only the next due time. Other processes send hints. Without a hint, the poller reads soon again after it found such a
 * message, and once a second while there are no such messages. Where several workers share the database, the look at the members once a second
 * is a poll too, so an idle worker sends one statement a second.
 */
import { RequestIdReusedError } from '../../../errors/index.js';
import type { RequestReceipt } from '../model/messages.js';
import type { Timer } from '../../../ports/clock.js';
import type { InboxRow, Membership, Partitions, ReceiptKey, Store } from '../ports/store.js';
import type { InboxRows } from './inbox-rows.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { Receipts } from './receipts.js';

/** The longest wait of a timer of the platform. */
const sleepMsMax = 2 ** 31 - 1;
/** The pause between reads for messages of other processes. */
const foreignPauseMs = { min: 10, max: 1_000 };
/** The longest pause where each look at the members is a poll. Looks come more often. */
const foreignPauseBesideOthersMs = 2_000;

interface Look {
  readonly resolve: (found: Membership) => void;
  readonly reject: (error: unknown) => void;
}

export class Poller {
  private nextDueMs = Number.POSITIVE_INFINITY;
  /** The earliest due time committed during a poll: that poll may not have seen its row. */
  private meanwhileMs = Number.POSITIVE_INFINITY;
  private timer: Timer | undefined;
  /** The number of jumps of the hub clock when the timer was armed. */
  private moves = 0;
  private polling = false;
  /** Whether polls wait for the end of the backlog. A poll would give new rows places that rows of the backlog have. */
  private held = false;
  private afterHold: (() => void)[] = [];
  /** Whether another poll must follow: a hint arrived, or a caller waits for a poll that begins from now on. */
  private pollAgain = false;
  private afterPoll: (() => void)[] = [];
  /** Callers that wait for the members, which the next poll reads. */
  private looks: Look[] = [];
  private foreignTimer: Timer | undefined;
  private pauseMs = foreignPauseMs.max;

  constructor(
    private readonly term: WorkerTerm,
    private readonly rows: InboxRows,
    private readonly receipts: Receipts,
  ) {}

  /**
   * Reads every waiting row before anything runs: the rows of the gained partitions that have their places, then the new rows of all
   * partitions. A new row of a gained partition may be the effect of one that waits unread in another partition.
   * @param gained the partitions that the worker owns since now
   * @param betweenPages awaited after each page, so that the lease lasts until the end
   */
  async readBacklog(gained: Partitions, betweenPages: () => Promise<void> = async () => {}): Promise<void> {
    const { term } = this;
    const { store } = term.ports;
    const request = { gained, owned: term.ownership.partitions, limit: term.options.rowsPerPage };
    this.held = true;
    term.rows.readBegins();
    for await (const rows of store.readBacklog(request)) {
      await this.takeAll(rows);
      await betweenPages();
      if (term.ended !== undefined) return;
    }
    term.rows.readEnds();
    this.held = false;
    await this.poll();
  }

  /** Polls because another process may have written a message. */
  hint(): void {
    if (this.term.ended === undefined) this.start();
  }

  /** Holds polls until the end of the next backlog. Resolves when no poll is in progress. */
  async hold(): Promise<void> {
    this.held = true;
    this.lookAlone();
    if (this.polling) await new Promise<void>((resolve) => this.afterHold.push(resolve));
  }

  /** Lets polls go on without a backlog. */
  release(): void {
    this.held = false;
    this.start();
  }

  /** Resolves when every row that is committed and due now has been taken into memory, or when the term has ended. */
  pollNow(): Promise<void> {
    if (this.term.ended !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.afterPoll.push(resolve);
      this.start();
    });
  }

  /** Reads the members, with a poll in the same statement. */
  look(): Promise<Membership> {
    return new Promise((resolve, reject) => {
      this.looks.push({ resolve, reject });
      if (this.held) this.lookAlone();
      else this.start();
    });
  }

  /** Reads the members for those who wait for them while no poll may begin. */
  private lookAlone(): void {
    const looks = this.looks.splice(0);
    if (looks.length === 0) return;
    this.term.ports.store.members().then(
      (found) => looks.forEach(({ resolve }) => resolve(found)),
      (error: unknown) => looks.forEach(({ reject }) => reject(error)),
    );
  }

  /** Notes the earliest due time of a committed batch. */
  scheduled(dueMs: number): void {
    const { moves } = this.term.hubClock;
    if (moves !== this.moves) {
      this.moves = moves;
      this.arm();
    }
    if (dueMs < this.meanwhileMs) this.meanwhileMs = dueMs;
    if (dueMs < this.nextDueMs) {
      this.nextDueMs = dueMs;
      this.arm();
    }
  }

  private arm(): void {
    this.timer?.cancel();
    this.timer = undefined;
    if (this.nextDueMs === Number.POSITIVE_INFINITY || this.term.ended !== undefined) return;
    const waitMs = Math.min(Math.max(Math.ceil(this.nextDueMs - this.term.nowMs()), 0), sleepMsMax);
    this.timer = this.term.ports.clock.setTimer(waitMs, () => this.start());
  }

  private armForeign(found: boolean): void {
    this.foreignTimer?.cancel();
    if (this.term.alone || this.term.ended !== undefined) return;
    const max = this.term.shared ? foreignPauseBesideOthersMs : foreignPauseMs.max;
    this.pauseMs = found ? foreignPauseMs.min : Math.min(2 * this.pauseMs, max);
    this.foreignTimer = this.term.ports.clock.setTimer(this.pauseMs, () => this.start());
  }

  private start(): void {
    this.pollAgain = this.polling || this.held;
    if (this.pollAgain) return;
    this.poll().catch((error: unknown) => this.term.end(error instanceof Error ? error : new Error(String(error))));
  }

  private async poll(): Promise<void> {
    const { term } = this;
    this.polling = true;
    const waiting = this.afterPoll.splice(0);
    this.meanwhileMs = Number.POSITIVE_INFINITY;
    const { partitions } = term.ownership;
    const looks = this.looks.splice(0);
    const page = { partitions, nowMs: term.nowMs(), limit: term.options.rowsPerPage, members: looks.length > 0 };
    term.rows.readBegins();
    const { rows, nextDueMs, foreign, members } = await this.read(page).catch((error: unknown) => {
      for (const resolve of waiting) resolve();
      for (const { reject } of looks) reject(error);
      throw error;
    });
    for (const { resolve } of looks) resolve(members as Membership);
    // After a full page there may be more rows, which the next polls read.
    if (rows.length === page.limit && term.ended === undefined) this.afterPoll = [...waiting, ...this.afterPoll];
    else for (const resolve of waiting) resolve();
    this.polling = false;
    for (const resolve of this.afterHold.splice(0)) resolve();
    if (term.ended !== undefined) return;
    term.rows.readEnds();
    // A full page: more rows may be due now. A row that was read, and whose place is not committed yet, is read again and known by its id.
    const again = rows.length === page.limit ? page.nowMs : Number.POSITIVE_INFINITY;
    this.nextDueMs = Math.min(nextDueMs ?? Number.POSITIVE_INFINITY, this.meanwhileMs, again);
    this.arm();
    this.armForeign(foreign);
    if (rows.length > 0) term.wake();
    if (this.pollAgain) this.start();
  }

  private async read(page: Parameters<Store['poll']>[0]) {
    const { term } = this;
    const { rows, nextDueMs, members } = await term.ports.store.poll(page);
    return { rows, nextDueMs, members, foreign: term.ended === undefined && (await this.takeAll(rows)) };
  }

  /**
   * Takes these rows into memory, in order. Receipts of request ids that are not known yet are read first, and all rows wait for that.
   * Resolves with whether there were new messages of other processes.
   */
  private async takeAll(rows: readonly InboxRow[]): Promise<boolean> {
    const { term } = this;
    const requests = new Map<number, RequestReceipt>();
    const keys: ReceiptKey[] = [];
    for (const row of rows) {
      const receipt = this.rows.receiptOf(row);
      if (receipt === undefined) continue;
      requests.set(row.id, receipt);
      keys.push({ target: row.target, requestId: receipt.requestId });
    }
    const unpin = this.receipts.pin(keys);
    try {
      const unknown = keys.filter((key) => !this.receipts.knows(key));
      if (unknown.length > 0) await this.receipts.look(unknown);
      return term.ended === undefined && this.takeKnown(rows, requests);
    } finally {
      unpin();
    }
  }

  /** Takes these rows into memory when every request id is known. */
  private takeKnown(rows: readonly InboxRow[], requests: ReadonlyMap<number, RequestReceipt>): boolean {
    const { term } = this;
    let foreign = false;
    for (const row of rows) {
      // The partition was given away while the rows were read.
      if (!term.ownership.owns(row.partition)) continue;
      if (!this.rows.isNew(row)) continue;
      foreign ||= row.arrival === null && !term.ids.isOwnRow(row.id);
      const receipt = requests.get(row.id);
      if (receipt === undefined || this.isFirst(row, receipt)) this.rows.take(row);
      else term.consumeRow(row.id);
    }
    return foreign;
  }

  private isFirst({ id, target, body }: InboxRow, receipt: RequestReceipt): boolean {
    const { reply, row } = JSON.parse(body) as { readonly reply?: unknown; readonly row?: number };
    const rows = row === undefined ? [id] : [id, row];
    const verdict = this.receipts.admit(target, receipt, { rows: reply === undefined ? rows : undefined });
    if (verdict === 'reused')
      this.term.ports.logger.warn({ target }, new RequestIdReusedError(receipt.requestId, target).message);
    return verdict === 'new';
  }

  stop(): void {
    this.timer?.cancel();
    this.foreignTimer?.cancel();
    this.timer = undefined;
    for (const resolve of this.afterPoll.splice(0)) resolve();
    for (const { reject } of this.looks.splice(0)) reject(this.term.ended);
  }
}
