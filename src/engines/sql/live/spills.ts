/**
 * Spills: the part of a long queue that waits in the table only.
 *
 *   in memory --a commit finds it too long--> its end is cut off --later messages go to the table--> read back as the queue empties
 *
 * The table part is always behind the memory part, in the order of arrivals. Messages that bypass the queue (calls of a lock holder,
 * commands) never wait in the table part. An entity reads it back page by page. An orchestration that is suspended or whose code is not
 * registered keeps it there, and reads it back whole before anything happens to it.
 */
import { sameOwner, type LockOwner, type MailboxMessage } from '../model/messages.js';
import { isHeld } from '../model/run-record.js';
import { hasEnded } from '../../../model/runtime-status.js';
import type { InboxRow } from '../ports/store.js';
import type { InboxRows } from '../inbox/inbox-rows.js';
import type { Delivery } from './delivery.js';
import type { WorkerTerm } from './worker-term.js';
import type { LiveEntity, LiveInstance, LiveRun, Spill } from './live-instance.js';
import type { Message } from './message.js';
import type { SealedBatch } from '../commit/sealing.js';

export class Spills {
  /** Callbacks for the next commit, which writes the rows that they want to read. */
  private readonly afterCommit: (() => void)[] = [];

  /** Instances with long queues that are being read. The next commit checks them again. */
  private unlooked = new Set<LiveInstance>();

  constructor(
    private readonly term: WorkerTerm,
    private readonly delivery: Delivery,
    private readonly rows: InboxRows,
  ) {}

  /** Processes a committed batch: drops messages whose rows it wrote for the part in the table, and cuts queues that are too long. */
  committed(sealed: SealedBatch): void {
    const { term } = this;
    for (const message of sealed.spilled) term.rows.leave(message.row);
    const max = term.options.maxWaitingInMemory;
    const looked = this.unlooked;
    this.unlooked = new Set();
    for (const { target } of sealed.written) {
      const instance = term.live.get(target);
      if (instance !== undefined && instance.waiting > max) looked.add(instance);
    }
    for (const instance of looked) {
      if (instance.loading || instance.spill?.reading === true) this.unlooked.add(instance);
      else if (instance.waiting > max && this.isBlocked(instance))
        for (const message of instance.cut(max)) this.delivery.leaveInTable(instance, message);
    }
    for (const callback of this.afterCommit.splice(0)) callback();
  }

  /** Whether the queue may stay long: it waits for more than the next turn. */
  private isBlocked(instance: LiveInstance): boolean {
    if (instance.kind === 'entity')
      return instance.program?.effects !== 'none' || instance.mailbox.holder !== undefined;
    const { record, session } = instance;
    if (record !== undefined && isHeld(record)) return true;
    if (session !== undefined || (record !== undefined && hasEnded(record.status))) return false;
    const { name, version = 1 } = record ?? instance.waitingStart ?? {};
    return name !== undefined && this.term.ports.userCode.orchestration(name, version) === undefined;
  }

  /**
   * Called before the next message of an orchestration. Starts to read back the part in the table if necessary, and returns `true` then.
   */
  needsUnspill(run: LiveRun): boolean {
    if (run.spill === undefined || (this.isBlocked(run) && !run.commanded)) return false;
    this.unspill(run, run.spill);
    return true;
  }

  /** Called in a turn of the entity. Reads the next messages back when few are left in memory. */
  refill(entity: LiveEntity): void {
    const { spill } = entity;
    const max = this.term.options.maxWaitingInMemory;
    if (spill === undefined || spill.reading || entity.waiting > max / 2) return;
    spill.reading = true;
    const limit = max - entity.waiting;
    this.guard(this.page(entity, spill, spill.after, limit), ({ rows, whole }) => {
      spill.reading = false;
      this.take(entity, spill, rows);
      if (whole) entity.spill = undefined;
      else if (rows.length < limit) this.afterCommit.push(() => this.term.markReady(entity));
      this.term.markReady(entity);
    });
  }

  /** Reads back everything that waits in the table for an orchestration. Messages that arrive meanwhile wait behind that. */
  private unspill(run: LiveRun, spill: Spill): void {
    run.loading = true;
    spill.reading = true;
    this.readAll(
      run,
      spill,
      (rows) => this.take(run, spill, rows),
      () => {
        run.spill = undefined;
        this.delivery.loaded(run);
      },
    );
  }

  /** Reads messages of the lock holder, which may wait in the table behind others, and then completes the load of the entity. */
  findHolders(entity: LiveEntity): void {
    const spill = entity.spill as Spill;
    const holder = entity.mailbox.holder as LockOwner;
    const take = (row: InboxRow) => {
      const message = this.rows.messageOf(row);
      const owner = (message?.body as MailboxMessage | undefined)?.owner;
      if (message !== undefined && owner !== undefined && sameOwner(owner, holder)) this.add(entity, spill, message);
    };
    spill.reading = true;
    this.readAll(
      entity,
      spill,
      (rows) => rows.forEach(take),
      () => {
        spill.reading = false;
        this.delivery.loaded(entity);
      },
    );
  }

  private take(instance: LiveInstance, spill: Spill, rows: readonly InboxRow[]): void {
    for (const row of rows) {
      const message = this.rows.messageOf(row);
      if (message !== undefined) this.add(instance, spill, message);
    }
    spill.after = rows.at(-1)?.arrival ?? spill.after;
  }

  private add(instance: LiveInstance, spill: Spill, message: Message): void {
    spill.count--;
    this.term.rows.set(message.row, message);
    this.delivery.queue(instance, message);
  }

  /** Reads page by page, and waits for a commit if the table does not hold all rows yet. */
  private readAll(
    instance: LiveInstance,
    spill: Spill,
    take: (rows: readonly InboxRow[]) => void,
    then: () => void,
    after = spill.after,
  ): void {
    const { rowsPerPage } = this.term.options;
    this.guard(this.page(instance, spill, after, rowsPerPage), ({ rows, whole }) => {
      take(rows);
      const next = () => this.readAll(instance, spill, take, then, rows.at(-1)?.arrival ?? after);
      if (whole) then();
      // The commit that the page did not see may be over by now, and no other one may come for a while.
      else if (rows.length === rowsPerPage || spill.lastBatch <= this.term.committedSeq) next();
      else this.afterCommit.push(next);
      this.term.wake();
    });
  }

  /** `whole` is `true` if no row follows, in the table or in a batch that is not committed. */
  private async page(
    { id }: LiveInstance,
    spill: Spill,
    after: number,
    limit: number,
  ): Promise<{ rows: readonly InboxRow[]; whole: boolean }> {
    const { term } = this;
    const { committedSeq } = term;
    term.rows.readBegins();
    const found = await term.ports.store.readWaiting(id, { after, limit });
    // A row that was read before its commit was processed is read again after that.
    const early = found.findIndex((row) => term.rows.get(row.id)?.leftInTable === true);
    const rows = early < 0 ? found : found.slice(0, early);
    return { rows, whole: rows.length < limit && spill.lastBatch <= committedSeq };
  }

  private guard<T>(reading: Promise<T>, then: (read: T) => void): void {
    const { term } = this;
    const failed = (error: unknown) => term.end(error instanceof Error ? error : new Error(String(error)));
    reading
      .then((read) => {
        if (term.ended !== undefined) return;
        then(read);
        term.rows.readEnds();
      })
      .catch(failed);
  }
}
