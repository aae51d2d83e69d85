import { InvalidOperationError, LeaseLostError, StorageError } from '../../errors/index.js';
import { isExpired } from '../../engines/sql/model/entity-meta.js';
import type {
  AcquiredPartition,
  CommitBatch,
  DeadLetter,
  ExecutionKey,
  HistoryChunk,
  Hub,
  InboxRow,
  InstanceFilter,
  InstanceRow,
  HubTimes,
  Joined,
  MemberKind,
  Membership,
  NamedSignal,
  Receipt,
  ReceiptKey,
  Store,
  StatusCount,
  Survivor,
  Tag,
  WorkerStanding,
} from '../../engines/sql/ports/store.js';
import { applyBatch, checkBatch } from './memory-commit.js';
import { historyKey, receiptKey, type MemoryDatabase } from './memory-database.js';

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
    const { partitions, names, alone } = this.database;
    return { partitionCount: partitions.length, names: [...names].toSorted(byCodeUnit), alone };
  }

  async acquireExclusiveLock(incarnation?: number): Promise<'held' | 'refused' | 'none'> {
    this.#assertOpen();
    if (this.database.shared) return 'none';
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
    const members = [...workers].flatMap(([incarnation, { alive, kind, seq, expiresAtMs, holds }]) => {
      const owned = partitions.filter(({ owner }) => owner === incarnation).length;
      return alive && owned > 0 ? [{ incarnation, kind, seq, expiresAtMs, holds, partitions: owned }] : [];
    });
    return { nowMs: this.nowMs(), members };
  }

  async join(member: { name: string; leaseMs: number; names: readonly string[]; kind?: MemberKind }): Promise<Joined> {
    this.#assertOpen();
    const { workers, names } = this.database;
    const kind = member.kind ?? 'worker';
    const holds = this.database.holder === this && kind === 'worker';
    this.database.keepTimes();
    if (holds)
      for (const former of workers.values()) if (former.kind === 'worker' && former.holds) this.database.bury(former);
    for (const name of member.names) names.add(name);
    const incarnation = ++this.database.lastIncarnation;
    const { name, leaseMs } = member;
    workers.set(incarnation, {
      name,
      kind,
      seq: 0,
      alive: true,
      expiresAtMs: this.nowMs() + leaseMs,
      holds,
      ...noTimes,
    });
    return { incarnation, block: await this.takeBlock() };
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

  async acquire(incarnation: number, suspicious = false): Promise<readonly AcquiredPartition[]> {
    this.#assertOpen();
    if (!this.database.isAlive(incarnation))
      throw new LeaseLostError(incarnation, this.database.workers.get(incarnation)?.seq ?? 0);
    return this.database.giveFreePartitionsTo(incarnation, suspicious);
  }

  async readTimes(): Promise<HubTimes> {
    this.#assertOpen();
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
    return [...this.database.instances.values()]
      .filter((row) => row.status === status && (row.endedActiveMs ?? Infinity) < page.beforeActiveMs)
      .toSorted((a, b) => (a.endedActiveMs as number) - (b.endedActiveMs as number))
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
    return [...this.database.instances.values()]
      .filter((row) => this.#passes(row, filter) && (page.after === undefined || byBytes(row.id, page.after) > 0))
      .toSorted((a, b) => byBytes(a.id, b.id))
      .slice(0, page.limit)
      .map((row) => (page.withState ? row : { ...row, state: null }));
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

  async readBacklog(incarnation: number, page: { after?: InboxRow; limit: number }): Promise<readonly InboxRow[]> {
    this.#assertOpen();
    return this.#inboxOf(incarnation)
      .filter((row) => row.arrival !== null || row.dueMs === null)
      .filter((row) => page.after === undefined || byBacklogOrder(page.after, row) < 0)
      .toSorted(byBacklogOrder)
      .slice(0, page.limit);
  }

  async readWaiting(target: string, page: { after: number; limit: number }): Promise<readonly InboxRow[]> {
    this.#assertOpen();
    return [...this.database.inbox.values()]
      .filter((row) => row.target === target && row.arrival !== null && row.arrival > page.after)
      .toSorted(byBacklogOrder)
      .slice(0, page.limit);
  }

  async poll(
    incarnation: number,
    page: { nowMs: number; limit: number },
  ): Promise<{ rows: readonly InboxRow[]; nextDueMs: number | undefined }> {
    this.#assertOpen();
    const fresh = this.#inboxOf(incarnation).filter((row) => row.arrival === null);
    const rows = fresh
      .filter((row) => isReady(row, page.nowMs))
      .toSorted((a, b) => (a.dueMs ?? -Infinity) - (b.dueMs ?? -Infinity) || a.seq - b.seq)
      .slice(0, page.limit);
    let nextDueMs: number | undefined;
    for (const { dueMs } of fresh)
      if (dueMs !== null && dueMs > page.nowMs && dueMs < (nextDueMs ?? Infinity)) nextDueMs = dueMs;
    return { rows, nextDueMs };
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

  listen(callback: () => void): () => void {
    const { listeners } = this.database;
    const entry = { store: this, callback };
    listeners.add(entry);
    return () => void listeners.delete(entry);
  }

  wakeOthers(): void {
    for (const { store, callback } of this.database.listeners) if (store !== this) callback();
  }

  async loadDeadLetters(
    page: { after?: number; limit: number } | { ids: readonly number[] },
  ): Promise<readonly DeadLetter[]> {
    this.#assertOpen();
    const all = [...this.database.deadLetters.values()].sort((a, b) => a.id - b.id);
    if ('ids' in page) return all.filter(({ id }) => page.ids.includes(id));
    return all.filter(({ id }) => id > (page.after ?? -Infinity)).slice(0, page.limit);
  }

  async close(): Promise<void> {
    await this.releaseExclusiveLock();
    this.#open = false;
  }

  #passes(row: InstanceRow, filter: InstanceFilter): boolean {
    const tags = this.database.tags.get(row.id) ?? [];
    const hasTag = ([tag, value]: Tag) => tags.some((own) => own[0] === tag && own[1] === value);
    return passes(row, filter) && (filter.tags ?? []).every(hasTag);
  }

  /** By `seq`. */
  #inboxOf(incarnation: number): InboxRow[] {
    const { inbox, partitions } = this.database;
    return [...inbox.values()].filter((row) => partitions[row.partition]?.owner === incarnation);
  }

  #assertOpen(): void {
    if (!this.#open)
      throw new StorageError('The store is not open.', 'Call `open` first. A closed store cannot be opened again.');
  }
}

function isStart(body: string): boolean {
  try {
    return (JSON.parse(body) as { kind?: unknown } | null)?.kind === 'start';
  } catch {
    return false;
  }
}

function isReady(row: InboxRow, nowMs: number): boolean {
  return row.dueMs === null || row.dueMs <= nowMs;
}

/** Compares inbox rows: first adopted rows by arrival, then new rows by `seq`. Each partition counts its arrivals, so `seq` decides ties. */
function byBacklogOrder(a: InboxRow, b: InboxRow): number {
  return (a.arrival ?? Infinity) === (b.arrival ?? Infinity)
    ? a.seq - b.seq
    : (a.arrival ?? Infinity) - (b.arrival ?? Infinity);
}

function byReceiptKey(a: ReceiptKey, b: ReceiptKey): number {
  return byBytes(a.requestId, b.requestId) || byBytes(a.target, b.target);
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function passes(row: InstanceRow, filter: InstanceFilter): boolean {
  const { name, idPrefix = '', keyPrefix = '', statuses } = filter;
  const {
    createdFromMs = -Infinity,
    createdToMs = Infinity,
    updatedFromMs = -Infinity,
    updatedToMs = Infinity,
  } = filter;
  return (
    row.kind === filter.kind &&
    (name === undefined || row.name === name) &&
    row.id.startsWith(idPrefix) &&
    row.key.startsWith(keyPrefix) &&
    (statuses === undefined || (row.status !== null && statuses.includes(row.status))) &&
    row.createdAtMs >= createdFromMs &&
    row.createdAtMs < createdToMs &&
    row.updatedAtMs >= updatedFromMs &&
    row.updatedAtMs < updatedToMs &&
    (filter.endedBeforeMs === undefined || (row.endedAtMs !== null && row.endedAtMs < filter.endedBeforeMs)) &&
    (filter.parent === undefined || row.parent === filter.parent) &&
    (filter.present !== true || row.state !== null) &&
    (filter.aliveAtMs === undefined || !isExpired(row, filter.aliveAtMs))
  );
}

/** Compares texts as databases do, by UTF-8 bytes. The UTF-16 order of JavaScript differs beyond U+FFFF. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
