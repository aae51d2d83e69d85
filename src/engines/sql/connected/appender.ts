/**
 * Appends to the inbox from a process that is no worker: one statement in flight, in the order sent. What comes meanwhile goes together
 * in the next one.
 *
 * A client has a row of its own, and each append moves it, as a worker's commit does. So an append whose answer was lost can be told:
 * the row is marked dead, which defeats or waits for the statement, and its `seq` says whether it was applied. What was not goes again
 * under a new row, in front of what came later.
 */
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
  /** Its id is for this row of the client; 0 if it was not sent yet. */
  incarnation: number;
  id: number;
  /** Of the row that it is to have once it is scheduled; 0: none. */
  laterId: number;
  text: string;
  /** With its rows. */
  resolve(rows: readonly number[]): void;
  reject(error: Error): void;
}

const appendsPerBatch = 1_000;
const bytesPerBatch = 4 * 1024 * 1024;
/** How long clients wait for a storage that takes nothing. */
const patienceMs = 30_000;
const patienceAtCloseMs = 5_000;
/** A row that has not moved for this long may be tidied away; the next append makes a new one. */
const leaseMs = 3_600_000;
const pauseMsMax = 1_000;
/** Answers that were read are deleted with the next append, or alone this much later. */
const forgetAfterMs = 1_000;

export interface AppenderOptions {
  readonly name: string;
  readonly hub: Hub;
}

export class Appender {
  private queue: Append[] = [];
  private inFlight: readonly Append[] = [];
  /** Of the living row; 0: there is none. */
  private incarnation = 0;
  private seq = 0;
  /** `undefined` before the first row. */
  private ids: RowIds | undefined;
  /** Receipts of which the answer was heard. */
  private heard: ReceiptKey[] = [];
  private idle: Timer | undefined;
  private running: Promise<void> = Promise.resolve();
  private isRunning = false;
  private impatience: Timer | undefined;
  private closed: Error | undefined;
  private joining: Promise<void> | undefined;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly options: AppenderOptions,
  ) {}

  /** Resolves when the message is durable, with its rows. @throws UnknownOutcomeError, StorageBusyError */
  append(target: string, body: StoredBody, dueMs: number | undefined): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      if (this.closed !== undefined) return reject(this.closed);
      const partition = partitionOf(target, this.options.hub.partitionCount);
      const row = { partition, target, arrival: null, dueMs: dueMs ?? null };
      this.queue.push({ row, body, incarnation: 0, id: 0, laterId: 0, text: JSON.stringify(body), resolve, reject });
      this.start();
    });
  }

  /** A receipt of no use any more: it goes with the next append, or alone when none comes soon. */
  forget(key: ReceiptKey): void {
    this.heard.push(key);
    this.idle ??= this.clock.setTimer(forgetAfterMs, () => {
      this.idle = undefined;
      if (this.isRunning || this.closed !== undefined) return;
      this.isRunning = true;
      this.running = this.flush().then(() => this.run());
    });
  }

  /** Nothing else is under way. What became of it is known afterwards. */
  private async flush(): Promise<void> {
    if (this.heard.length === 0 || this.incarnation === 0) return;
    try {
      await this.commit([]);
    } catch {
      // The row says it, for the next statement.
      await this.attempt([]);
    }
  }

  /** Makes the row that ids come from. Not possible while a transaction of the application holds the write lock. */
  async prepare(): Promise<void> {
    if (this.ids === undefined) await (this.joining ??= this.join().finally(() => (this.joining = undefined)));
  }

  /** Writes a message through a transaction of the application. Its id is of this client's row, living or not: unique for ever. */
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
  }

  /** Resolves when nothing waits or is under way. */
  drain(): Promise<void> {
    return this.running;
  }

  /** Refuses what waits, and ends the row when it is known what became of the rest. */
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
    // What is sent in the same turn goes together.
    await this.clock.drain();
    while (this.queue.length > 0) await this.send(this.take());
    // With the look that found nothing: what is sent after it starts anew.
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

  /** Never rejects: those who wait are told. */
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
        // Another failure says nothing of the statement; a busy database has not taken it.
        unsure ||= !(error instanceof StoreBusyError || error instanceof LeaseLostError);
        if (!(error instanceof StoreBusyError) && this.incarnation !== 0 && (await this.wasApplied(unsure))) break;
        if (this.closed instanceof StoreBrokenError) return;
        await new Promise<void>((resolve) => this.clock.setTimer(pauseMs, resolve));
      }
    }
    for (const append of this.inFlight)
      append.resolve(append.laterId === 0 ? [append.id] : [append.id, append.laterId]);
  }

  /** Nobody waits for it any more: it only must not happen later, behind what is sent then. */
  private async settleGivenUp(): Promise<void> {
    if (this.closed === undefined && this.incarnation !== 0) await this.settle();
  }

  private async commit(appends: readonly Append[]): Promise<void> {
    // What was not applied under an earlier row goes with ids of this one.
    for (const append of appends) if (append.incarnation !== this.incarnation) this.giveIds(append);
    const forgotten = this.heard.slice();
    await this.store.commit({
      incarnation: this.incarnation,
      seq: this.seq + 1,
      leaseMs,
      consumed: [],
      adopted: [],
      instances: [],
      history: [],
      historyDeleted: [],
      inbox: appends.map(({ id, row, text }) => ({ ...row, id, body: text })),
      receipts: [],
      receiptsDeleted: forgotten,
    });
    this.heard.splice(0, forgotten.length);
    this.seq++;
    this.store.wakeOthers();
  }

  /**
   * Whether the statement that was sent last is in the database; after this, it never will be if it is not.
   * @param unsure an answer of the database was lost
   */
  private async wasApplied(unsure: boolean): Promise<boolean> {
    try {
      const before = this.seq;
      const seq = await this.settle();
      if (seq === undefined) {
        // This process stood still for so long that its row was deleted.
        if (unsure) this.giveUp();
        return false;
      }
      if (seq > before) this.store.wakeOthers();
      return seq > before;
    } catch (error) {
      if (error instanceof StoreBrokenError) this.breakOff(error);
      // Else the row is still there: it is tried again.
      return false;
    }
  }

  /** Nobody may go on with this database in this process. */
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
      leaseMs,
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
    append.text = JSON.stringify({ ...append.body, row: append.laterId });
  }

  private newId(): number {
    return (this.ids as RowIds).next();
  }

  /** The database refuses one of them for good: each alone, so that the others get in. */
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
    const busy = new StorageBusyError('it has not taken anything for a while');
    for (const append of this.inFlight) append.reject(unknown);
    this.inFlight = [];
    for (const append of this.queue.splice(0)) append.reject(busy);
  }
}
