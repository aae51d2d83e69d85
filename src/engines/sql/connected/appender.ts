/**
 * Appends messages to the inbox from a process that has no worker. One statement is in flight, and messages keep the order in which they
 * were sent. Messages that arrive meanwhile go together in the next statement.
 *
 * A client has its own worker row, and each append increases the `seq` of this row, as a commit of a worker does. So the appender can find
 * out whether an append took effect whose answer was lost. The appender marks the row as dead, which waits for the statement or defeats it,
 * and reads `seq`. Messages that were not stored are sent again under a new row, before all later messages.
 */
import { extended } from '../../../model/extended.js';
import { clientLeaseMs } from '../core/client-lease.js';
import { partitionOf } from '../core/partition.js';
import { LeaseLostError, StorageBusyError, UnknownOutcomeError } from '../../../errors/index.js';
import type { StoredBody } from '../model/messages.js';
import type { Clock, Timer } from '../../../ports/clock.js';
import { StoreBrokenError, StoreBusyError, StoreRefusedError } from '../ports/store-errors.js';
import { RowIds } from '../core/row-ids.js';
import { rowIdBlocks, type Hub, type InboxWrite, type ReceiptKey, type Store } from '../ports/store.js';

interface Append {
  readonly row: Omit<InboxWrite, 'id' | 'body'>;
  readonly body: StoredBody;
  /** The worker row of this client that `id` belongs to. 0 if the message was not sent yet. */
  incarnation: number;
  id: number;
  /** The id of the row that a named signal gets when it is scheduled. 0 for other messages. */
  laterId: number;
  text: string;
  /** Receives the ids of the rows of the message. */
  resolve(rows: readonly number[]): void;
  reject(error: Error): void;
}

const appendsPerBatch = 1_000;
const bytesPerBatch = 4 * 1024 * 1024;
/** Messages that the storage does not take for this long are rejected. */
const patienceMs = 30_000;
const patienceAtCloseMs = 5_000;
const pauseMsMax = 1_000;
/** The next append deletes receipts that were read. Without a next append, they are deleted alone after this time. */
const forgetAfterMs = 1_000;

/** The times after a message was written into a transaction of the application, at which the worker is woken. */
const withinWakesMs = [10, 50, 250];

export interface AppenderOptions {
  readonly name: string;
  readonly hub: Hub;
}

export class Appender {
  private queue: Append[] = [];
  private inFlight: readonly Append[] = [];
  /** The id of the living row. 0 before the first row, and after the end of a row. */
  private incarnation = 0;
  private seq = 0;
  /** `undefined` before the first row. */
  private ids: RowIds | undefined;
  /** Receipts whose answer has been received, so that they can be deleted. */
  private heard: ReceiptKey[] = [];
  private idle: Timer | undefined;
  private running: Promise<void> = Promise.resolve();
  private isRunning = false;
  /** The time of the database with its last answer. */
  private answered: { readonly nowMs: number; readonly monotonicMs: number } | undefined;
  private impatience: Timer | undefined;
  private closed: Error | undefined;
  private joining: Promise<void> | undefined;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly options: AppenderOptions,
  ) {}

  /** The time of the database, as far as its answers tell. `undefined` before the first answer. */
  get databaseMs(): number | undefined {
    const { answered } = this;
    return answered && Math.floor(answered.nowMs + this.clock.monotonicMs() - answered.monotonicMs);
  }

  /** Resolves with the ids of the message's rows when it is durable. @throws UnknownOutcomeError, StorageBusyError */
  append(target: string, body: StoredBody, dueMs: number | undefined): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      if (this.closed !== undefined) return reject(this.closed);
      const partition = partitionOf(target, this.options.hub.partitionCount);
      const row = { partition, target, arrival: null, dueMs: dueMs ?? null };
      this.queue.push({ row, body, incarnation: 0, id: 0, laterId: 0, text: JSON.stringify(body), resolve, reject });
      this.start();
    });
  }

  /** Marks a receipt as no longer needed. The next append deletes it, or a statement of its own if no append follows soon. */
  forget(key: ReceiptKey): void {
    this.heard.push(key);
    this.idle ??= this.clock.setTimer(forgetAfterMs, () => {
      this.idle = undefined;
      if (this.isRunning || this.closed !== undefined) return;
      this.isRunning = true;
      this.running = this.flush().then(() => this.run());
    });
  }

  /** Deletes receipts that are no longer needed. Nothing else may be in flight. The outcome is known when the promise resolves. */
  private async flush(): Promise<void> {
    if (this.heard.length === 0 || this.incarnation === 0) return;
    try {
      await this.commit([]);
    } catch {
      // The row tells the next statement whether this one took effect.
      await this.attempt([]);
    }
  }

  /** Makes the row that ids come from. This is not possible while a transaction of the application holds the write lock. */
  async prepare(): Promise<void> {
    if (this.ids === undefined) await (this.joining ??= this.join().finally(() => (this.joining = undefined)));
  }

  /**
   * Writes a message through a transaction of the application. The row id belongs to this client's row, living or not: it is unique for
   * ever.
   */
  async writeWithin(transaction: unknown, target: string, body: StoredBody, dueMs: number | undefined): Promise<void> {
    await this.prepare();
    const partition = partitionOf(target, this.options.hub.partitionCount);
    const row = {
      id: this.newId(),
      partition,
      target,
      arrival: null,
      dueMs: dueMs ?? null,
      body: JSON.stringify(body),
    };
    await this.store.writeWithin(transaction, [row]);
    // This process does not see when that transaction commits.
    for (const ms of withinWakesMs)
      this.clock.setTimer(ms, () => this.closed ?? this.store.wakeOthers({ partitions: [partition] }));
  }

  /** Resolves when no message waits or is in flight. */
  drain(): Promise<void> {
    return this.running;
  }

  /** Rejects messages that wait, and ends the client's row when the outcome of the statement in flight is known. */
  async close(error: Error): Promise<void> {
    if (this.closed !== undefined) return this.running;
    this.closed = error;
    for (const append of this.queue.splice(0)) append.reject(error);
    if (this.isRunning) this.watchPatience(patienceAtCloseMs);
    await this.running;
    this.idle?.cancel();
    await this.flush();
    this.impatience?.cancel();
    if (this.incarnation !== 0) await this.store.retire(this.incarnation).catch(() => {});
    this.incarnation = 0;
  }

  private start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.running = this.run();
  }

  private async run(): Promise<void> {
    // Messages that are sent in the same turn go together.
    await this.clock.drain();
    while (this.queue.length > 0) await this.send(this.take());
    // No await since the queue was found empty: a message that is sent later starts a new run.
    this.isRunning = false;
  }

  private take(): Append[] {
    let count = 0;
    for (let bytes = 0; count < Math.min(this.queue.length, appendsPerBatch); count++) {
      bytes += (this.queue[count] as Append).text.length;
      if (count > 0 && bytes > bytesPerBatch) break;
    }
    return this.queue.splice(0, count);
  }

  /** Never rejects. Failures reach the callers of `append`. */
  private async send(appends: readonly Append[]): Promise<void> {
    this.inFlight = appends;
    this.watchPatience();
    await this.attempt(appends);
    this.impatience?.cancel();
    this.inFlight = [];
  }

  private async attempt(appends: readonly Append[]): Promise<void> {
    let unsure = false;
    for (let pauseMs = 5; ; pauseMs = Math.min(2 * pauseMs, pauseMsMax)) {
      try {
        if (this.inFlight.length === 0) return await this.settleGivenUp();
        if (this.incarnation === 0) await (this.joining ?? this.join());
        await this.commit(appends);
        break;
      } catch (error) {
        if (error instanceof StoreRefusedError) return this.apart(appends, error);
        if (error instanceof StoreBrokenError) return this.breakOff(error);
        // Any other failure says nothing about the statement. A busy database has not applied it.
        unsure ||= !(error instanceof StoreBusyError || error instanceof LeaseLostError);
        if (!(error instanceof StoreBusyError) && this.incarnation !== 0 && (await this.wasApplied(unsure))) break;
        if (this.closed instanceof StoreBrokenError) return;
        await new Promise<void>((resolve) => this.clock.setTimer(pauseMs, resolve));
      }
    }
    for (const append of this.inFlight)
      append.resolve(append.laterId === 0 ? [append.id] : [append.id, append.laterId]);
  }

  /** All callers have been answered. The statement must still not take effect later, after newer messages. */
  private async settleGivenUp(): Promise<void> {
    if (this.closed === undefined && this.incarnation !== 0) await this.settle();
  }

  private async commit(appends: readonly Append[]): Promise<void> {
    // Messages that were not stored under an earlier row get ids of this one.
    for (const append of appends) if (append.incarnation !== this.incarnation) this.giveIds(append);
    const forgotten = this.heard.slice();
    const { nowMs } = await this.store.commit({
      incarnation: this.incarnation,
      seq: this.seq + 1,
      leaseMs: clientLeaseMs,
      consumed: [],
      adopted: [],
      instances: [],
      history: [],
      historyDeleted: [],
      inbox: appends.map(({ id, row, text }) => extended(row, { id, body: text })),
      receipts: [],
      receiptsDeleted: forgotten,
    });
    this.answered = { nowMs, monotonicMs: this.clock.monotonicMs() };
    this.heard.splice(0, forgotten.length);
    this.seq++;
    this.wakeOwners(appends);
  }

  private wakeOwners(appends: readonly Append[]): void {
    this.store.wakeOthers({ partitions: [...new Set(appends.map(({ row }) => row.partition))] });
  }

  /**
   * Whether the database holds the statement that was sent last. If not, the statement can no longer take effect after this call.
   * @param unsure whether an answer of the database was lost
   */
  private async wasApplied(unsure: boolean): Promise<boolean> {
    try {
      const before = this.seq;
      const seq = await this.settle();
      if (seq === undefined) {
        // The process was suspended for so long that its row was deleted.
        if (unsure) this.giveUp();
        return false;
      }
      if (seq > before) this.wakeOwners(this.inFlight);
      return seq > before;
    } catch (error) {
      if (error instanceof StoreBrokenError) this.breakOff(error);
      // Otherwise the row still exists, and the next attempt asks again.
      return false;
    }
  }

  /** Ends the use of a broken database by this process. */
  private breakOff(error: StoreBrokenError): void {
    this.closed ??= error;
    this.incarnation = 0;
    const unknown = new UnknownOutcomeError('the storage is broken', error);
    for (const append of this.inFlight) append.reject(unknown);
    this.inFlight = [];
    for (const append of this.queue.splice(0)) append.reject(error);
  }

  private async settle(): Promise<number | undefined> {
    const { seq } = await this.store.retire(this.incarnation);
    this.incarnation = 0;
    return seq;
  }

  private async join(): Promise<void> {
    const { incarnation, block } = await this.store.join({
      name: this.options.name,
      leaseMs: clientLeaseMs,
      names: [],
      kind: 'client',
    });
    this.incarnation = incarnation;
    this.seq = 0;
    this.ids = new RowIds(rowIdBlocks, block, () => this.store.takeBlock());
  }

  private giveIds(append: Append): void {
    append.incarnation = this.incarnation;
    append.id = this.newId();
    if (append.body.kind !== 'schedule') return;
    append.laterId = this.newId();
    append.text = JSON.stringify(extended(append.body, { row: append.laterId }));
  }

  private newId(): number {
    return (this.ids as RowIds).next();
  }

  /** The database refuses one of these messages for good. Sends each alone, so that the others are stored. */
  private async apart(appends: readonly Append[], error: StoreRefusedError): Promise<void> {
    const [only] = appends;
    if (appends.length === 1 || this.inFlight.length === 0) return only?.reject(error);
    for (const append of appends) await this.send([append]);
  }

  private watchPatience(ms = patienceMs): void {
    this.impatience?.cancel();
    this.impatience = this.clock.setTimer(ms, () => {
      this.giveUp();
      this.watchPatience();
    });
  }

  private giveUp(): void {
    const unknown = new UnknownOutcomeError('the storage did not say whether the message was stored');
    const busy = new StorageBusyError('it has not accepted any message for a while');
    for (const append of this.inFlight) append.reject(unknown);
    this.inFlight = [];
    for (const append of this.queue.splice(0)) append.reject(busy);
  }
}
