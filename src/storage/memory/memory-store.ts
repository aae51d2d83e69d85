import { InvalidOperationError, LeaseLostError, StorageError } from '../../errors/index.js';
import type {
  AcquiredPartition,
  Hint,
  NewMember,
  Partitions,
  CommitBatch,
  DeadLetter,
  ExecutionKey,
  HistoryChunk,
  Hub,
  InboxRow,
  InstanceFilter,
  InstanceRow,
  HubTimes,
  InspectionStore,
  Joined,
  Membership,
  NamedSignal,
  Polled,
  Receipt,
  ReceiptKey,
  Store,
  StatusCount,
  Survivor,
  Tag,
  WorkerStanding,
} from '../../engines/sql/ports/store.js';
import { isStart, isReady, byBacklogOrder, byReceiptKey, byCodeUnit, passes, pageById } from './row-filters.js';
import { applyBatch, checkBatch } from './memory-commit.js';
import { historyKey, includes, receiptKey, type MemoryDatabase, type MemoryWorker } from './memory-database.js';
import { MemoryInspection } from './memory-inspection.js';

/** The times of a worker without commits. */
const noTimes = { hubTimeMs: 0, activeMs: 0 };

/**
 * The smallest correct store. It defines the meaning of the port.
 *
 * A `MemoryStore` stands for one process, and the `MemoryDatabase` for the data that survives the process. Every method works in one
 * synchronous step, so it is atomic. Plain scans replace the indexes of a real database.
 */
export class MemoryStore implements Store {
  #open = false;
  #connected = true;

  constructor(
    private readonly database: MemoryDatabase,
    /** The clock of the database: whole milliseconds since 1970 (UTC). */
    private readonly nowMs: () => number = Date.now,
  ) {}

  async open(): Promise<Hub> {
    this.#open = true;
    return this.readHub();
  }

  async readHub(): Promise<Hub> {
    this.#assertOpen();
    const { partitions, names, alone, shared } = this.database;
    return { partitionCount: partitions.length, names: [...names].toSorted(byCodeUnit), alone, shared };
  }

  async acquireExclusiveLock(incarnation?: number): Promise<'held' | 'refused' | 'none'> {
    this.#assertOpen();
    if (this.database.lockless) return 'none';
    this.database.holder ??= this;
    if (this.database.holder !== this) return 'refused';
    const worker = incarnation === undefined ? undefined : this.database.workers.get(incarnation);
    if (worker !== undefined) worker.holds = true;
    return 'held';
  }

  async releaseExclusiveLock(): Promise<void> {
    if (this.database.holder === this) this.database.holder = undefined;
  }

  async members(): Promise<Membership> {
    this.#assertOpen();
    const { workers, partitions } = this.database;
    const members = [...workers].flatMap(([incarnation, worker]) => {
      const { name, seq, expiresAtMs, holds, version, names } = worker;
      const living = worker.alive && worker.kind === 'worker';
      return living ? [{ incarnation, name, seq, expiresAtMs, holds, version, names }] : [];
    });
    return { nowMs: this.nowMs(), members, owners: partitions.map(({ owner }) => owner) };
  }

  async join(member: NewMember): Promise<Joined> {
    this.#assertOpen();
    const { workers, names } = this.database;
    const kind = member.kind ?? 'worker';
    const owns = this.database.holder === this && kind === 'worker';
    // As on a server, where the connection that listens holds the lock.
    const presence = this.database.presence && kind === 'worker' && this.#listens;
    this.database.keepTimes();
    if (owns)
      for (const former of workers.values())
        if (former.kind === 'worker' && former.holds) this.database.bury(former, true);
    for (const name of member.names) names.add(name);
    const incarnation = ++this.database.lastIncarnation;
    const { name, leaseMs, version = '' } = member;
    workers.set(incarnation, {
      name,
      kind,
      names: [...member.names],
      version,
      seq: 0,
      alive: true,
      takenOver: false,
      expiresAtMs: this.nowMs() + leaseMs,
      presence,
      holds: owns || presence,
      ...noTimes,
    });
    return { incarnation, block: await this.takeBlock(), presence };
  }

  get #listens(): boolean {
    for (const { store } of this.database.listeners) if (store === this) return true;
    return false;
  }

  async holdPresence(incarnation: number): Promise<boolean> {
    this.#assertOpen();
    const { present, workers } = this.database;
    if (!this.#connected || workers.get(incarnation)?.presence !== true) return false;
    for (const [other, store] of present) if (store === this && other !== incarnation) present.delete(other);
    present.set(incarnation, this);
    return true;
  }

  async absent(incarnations: readonly number[]): Promise<readonly number[]> {
    this.#assertOpen();
    const { workers, present } = this.database;
    const holds = (worker: MemoryWorker | undefined) => worker?.alive === true && worker.presence;
    return incarnations.filter((each) => holds(workers.get(each)) && !present.has(each));
  }

  /** Loses the connection that holds the presence lock, until `reconnect`. */
  disconnect(): void {
    this.#connected = false;
    for (const [incarnation, store] of this.database.present)
      if (store === this) this.database.present.delete(incarnation);
  }

  reconnect(): void {
    this.#connected = true;
  }

  /** The process is gone: the operating system releases what it held. */
  die(): void {
    this.disconnect();
    void this.releaseExclusiveLock();
  }

  async takeBlock(): Promise<number> {
    this.#assertOpen();
    return this.database.nextBlock++;
  }

  async retire(incarnation: number, survivor?: Survivor): Promise<{ seq: number | undefined }> {
    this.#assertOpen();
    const worker = this.database.workers.get(incarnation);
    if (worker === undefined) return { seq: undefined };
    this.database.keepTimes();
    if (survivor !== undefined && worker.alive) this.database.leave(incarnation, survivor.attempts);
    this.database.bury(worker);
    return { seq: worker.seq };
  }

  async takeOver(incarnation: number, seq: number): Promise<boolean> {
    this.#assertOpen();
    const worker = this.database.workers.get(incarnation);
    if (worker?.alive === true && worker.seq === seq) this.database.bury(worker, true);
    return worker?.alive !== true;
  }

  async acquire(
    incarnation: number,
    { partitions = 'all', suspicious = false }: { partitions?: Partitions; suspicious?: boolean } = {},
  ): Promise<readonly AcquiredPartition[]> {
    this.#assertOpen();
    if (!this.database.isAlive(incarnation))
      throw new LeaseLostError(incarnation, this.database.workers.get(incarnation)?.seq ?? 0);
    return this.database.giveFreePartitionsTo(incarnation, partitions, suspicious);
  }

  async readTimes(): Promise<HubTimes> {
    this.#assertOpen();
    this.database.keepTimes();
    const { newestHubTimeMs: hubTimeMs, newestActiveMs: activeMs } = this.database;
    return { nowMs: this.nowMs(), hubTimeMs, activeMs };
  }

  async commit(batch: CommitBatch): Promise<{ nowMs: number }> {
    this.#assertOpen();
    const nowMs = this.nowMs();
    checkBatch(this.database, batch);
    applyBatch(this.database, batch, nowMs);
    return { nowMs };
  }

  async scanWorkers(page: { after?: number; limit: number }): Promise<readonly WorkerStanding[]> {
    this.#assertOpen();
    const { workers, partitions } = this.database;
    return [...workers]
      .filter(([incarnation]) => incarnation > (page.after ?? 0))
      .slice(0, page.limit)
      .map(([incarnation, { kind, seq, alive, expiresAtMs, activeMs }]) => {
        const owned = partitions.filter(({ owner }) => owner === incarnation).length;
        return { incarnation, kind, seq, alive, expiresAtMs, activeMs, partitions: owned };
      });
  }

  async loadInstances(ids: readonly string[], withState = true): Promise<readonly InstanceRow[]> {
    this.#assertOpen();
    const rows = [...new Set(ids)].flatMap((id) => this.database.instances.get(id) ?? []);
    return withState ? rows : rows.map((row) => ({ ...row, state: null }));
  }

  async loadNamedSignals(entities: readonly string[]): Promise<readonly NamedSignal[]> {
    this.#assertOpen();
    return [...new Set(entities)].flatMap((entity) =>
      [...(this.database.named.get(entity) ?? [])].map(([name, row]) => ({ entity, name, row })),
    );
  }

  async scanEnded(
    status: string,
    page: { beforeActiveMs: number; skip: number; limit: number },
  ): Promise<readonly string[]> {
    this.#assertOpen();
    return this.database
      .ended(status, page.beforeActiveMs)
      .slice(page.skip, page.skip + page.limit)
      .map(({ id }) => id);
  }

  async giveBackPages(): Promise<{ given: number; left: number }> {
    this.#assertOpen();
    return { given: 0, left: 0 };
  }

  async loadHistory(instance: string, execution: string): Promise<readonly HistoryChunk[]> {
    this.#assertOpen();
    return [...(this.database.history.get(instance)?.values() ?? [])]
      .filter((row) => row.execution === execution)
      .toSorted((a, b) => a.chunk - b.chunk);
  }

  async loadFirstChunks(executions: readonly ExecutionKey[]): Promise<readonly HistoryChunk[]> {
    this.#assertOpen();
    const found = new Set<HistoryChunk>();
    for (const { instance, execution } of executions) {
      const first = this.database.history.get(instance)?.get(historyKey({ execution, chunk: 0 }));
      if (first !== undefined) found.add(first);
    }
    return [...found];
  }

  async queryInstances(
    filter: InstanceFilter,
    page: { after?: string; limit: number; withState: boolean },
  ): Promise<readonly InstanceRow[]> {
    this.#assertOpen();
    const rows = pageById(this.database.instances.values(), page, (row) => this.#passes(row, filter));
    return page.withState ? rows : rows.map((row) => ({ ...row, state: null }));
  }

  async countInstances(filter: InstanceFilter): Promise<readonly StatusCount[]> {
    this.#assertOpen();
    const counts = new Map<string | null, number>();
    for (const row of this.database.instances.values())
      if (this.#passes(row, filter)) counts.set(row.status, (counts.get(row.status) ?? 0) + 1);
    return [...counts]
      .map(([status, count]) => ({ status, count }))
      .toSorted((a, b) => byCodeUnit(a.status ?? '', b.status ?? ''));
  }

  async scanReceipts(page: { after?: ReceiptKey; limit: number }): ReturnType<Store['scanReceipts']> {
    this.#assertOpen();
    const { after, limit } = page;
    return [...this.database.receipts.values()]
      .filter((receipt) => after === undefined || byReceiptKey(receipt, after) > 0)
      .toSorted(byReceiptKey)
      .slice(0, limit)
      .map(({ target, requestId, atMs }) => ({ target, requestId, atMs }));
  }

  async loadReceipts(keys: readonly ReceiptKey[]): Promise<readonly Receipt[]> {
    this.#assertOpen();
    return [...new Set(keys.map(receiptKey))].flatMap((key) => this.database.receipts.get(key) ?? []);
  }

  async *readBacklog({ gained, owned, limit }: Parameters<Store['readBacklog']>[0]) {
    this.#assertOpen();
    const adopted = this.#inboxOf(gained).filter(({ arrival }) => arrival !== null);
    const fresh = this.#inboxOf(owned).filter(({ arrival, dueMs }) => arrival === null && dueMs === null);
    const rows = [...adopted, ...fresh].toSorted(byBacklogOrder);
    for (let from = 0; from < rows.length; from += limit) {
      yield rows.slice(from, from + limit);
      this.#assertOpen();
    }
  }

  async readWaiting(target: string, page: { after: number; limit: number }): Promise<readonly InboxRow[]> {
    this.#assertOpen();
    return [...this.database.inbox.values()]
      .filter((row) => row.target === target && row.arrival !== null && row.arrival > page.after)
      .toSorted(byBacklogOrder)
      .slice(0, page.limit);
  }

  async poll(page: { partitions: Partitions; nowMs: number; limit: number; members?: boolean }): Promise<Polled> {
    this.#assertOpen();
    const fresh = this.#inboxOf(page.partitions).filter((row) => row.arrival === null);
    const rows = fresh
      .filter((row) => isReady(row, page.nowMs))
      .toSorted((a, b) => (a.dueMs ?? -Infinity) - (b.dueMs ?? -Infinity) || a.seq - b.seq)
      .slice(0, page.limit);
    let nextDueMs: number | undefined;
    for (const { dueMs } of fresh)
      if (dueMs !== null && dueMs > page.nowMs && dueMs < (nextDueMs ?? Infinity)) nextDueMs = dueMs;
    return { rows, nextDueMs, ...(page.members === true && { members: await this.members() }) };
  }

  async rowsInInbox(ids: readonly number[]): Promise<readonly number[]> {
    this.#assertOpen();
    return [...new Set(ids)].filter((id) => this.database.inbox.has(id));
  }

  async waitingStart(instanceId: string): Promise<InboxRow | undefined> {
    this.#assertOpen();
    return [...this.database.inbox.values()].find(
      (row) => row.target === instanceId && row.dueMs === null && isStart(row.body),
    );
  }

  async countInbox(target: string, nowMs: number): Promise<number> {
    this.#assertOpen();
    return [...this.database.inbox.values()].filter((row) => row.target === target && isReady(row, nowMs)).length;
  }

  async writeWithin(): Promise<void> {
    throw new InvalidOperationError(
      'A database in memory has no transactions of the application.',
      'Use a SQLite file, or send after the work of the application.',
    );
  }

  listen(callback: (hint: Hint) => void): () => void {
    const { listeners } = this.database;
    const entry = { store: this, callback };
    listeners.add(entry);
    return () => void listeners.delete(entry);
  }

  wakeOthers(hint: Hint): void {
    for (const { store, callback } of this.database.listeners) if (store !== this) callback(hint);
  }

  async loadDeadLetters(
    page: { after?: number; limit: number } | { ids: readonly number[] },
  ): Promise<readonly DeadLetter[]> {
    this.#assertOpen();
    const all = [...this.database.deadLetters.values()].sort((a, b) => a.id - b.id);
    if ('ids' in page) return all.filter(({ id }) => page.ids.includes(id));
    return all.filter(({ id }) => id > (page.after ?? -Infinity)).slice(0, page.limit);
  }

  inspect(): InspectionStore {
    return new MemoryInspection(this.database, () => this.#assertOpen());
  }

  async close(): Promise<void> {
    this.die();
    this.#open = false;
  }

  #passes(row: InstanceRow, filter: InstanceFilter): boolean {
    const tags = this.database.tags.get(row.id) ?? [];
    const hasTag = ([tag, value]: Tag) => tags.some((own) => own[0] === tag && own[1] === value);
    return passes(row, filter) && (filter.tags ?? []).every(hasTag);
  }

  /** By `seq`. */
  #inboxOf(partitions: Partitions): InboxRow[] {
    return [...this.database.inbox.values()].filter(({ partition }) => includes(partitions, partition));
  }

  #assertOpen(): void {
    if (!this.#open)
      throw new StorageError('The store is not open.', 'Call `open` first. A closed store cannot be opened again.');
  }
}
