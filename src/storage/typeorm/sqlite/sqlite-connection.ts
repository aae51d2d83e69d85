import type { DurableError } from '../../../errors/index.js';
import type { Logger } from '../../../ports/log.js';
import type {
  AcquiredPartition,
  CommitBatch,
  DeadLetter,
  ExecutionKey,
  Hint,
  HistoryChunk,
  HubTimes,
  InboxRow,
  InboxWrite,
  InspectionStore,
  InstanceFilter,
  InstanceRow,
  Joined,
  Membership,
  NewMember,
  NamedSignal,
  Receipt,
  ReceiptKey,
  StatusCount,
  Store,
  Survivor,
  WorkerStanding,
} from '../../../engines/sql/ports/store.js';
import type {
  BacklogRequest,
  Connection,
  EndedPage,
  InstancePage,
  ReceiptPage,
  SqlSession,
  SqlValue,
} from '../dialect.js';
import { Serial } from '../serial.js';
import { SqlInspection } from '../sql-inspection.js';
import { batchElementsOf } from './commit-parameters.js';
import { missingRows } from './commit-refusal.js';
import { batchText } from './batch-text.js';
import { commitSql } from './commit-trigger.js';
import type { HeldFiles } from './held-files.js';
import { acquire, join, noteHold, readTimes, retire, takeBlock, takeOver } from './membership.js';
import type { OwnerFile } from './owner-file.js';
import type { WakeFile } from './wake-file.js';
import { writeWithin } from './within.js';
import { countOf, queryOf } from './query.js';
import {
  adoptedSql,
  damagedInboxSql,
  deadLettersByIdSql,
  deadLettersSql,
  endedSql,
  firstChunksSql,
  freshSql,
  historySql,
  inboxIdsSql,
  inboxCountSql,
  instancesSql,
  membersSql,
  namedSignalsSql,
  pollSql,
  receiptPageSql,
  receiptsSql,
  waitingSql,
  workersSql,
  waitingStartSql,
} from './reads.js';
import type { SqliteDriver, SqliteHandle, SqliteStatement } from './sqlite-driver.js';
import { listed, pagesOf, toInboxRow, toMember, type MemberColumns, type PolledRow } from './read-rows.js';
import { SqliteInspection } from './sqlite-inspection.js';
import { leaveTransaction, SqliteSession } from './sqlite-session.js';
import { commitError, sqliteError, transactionError } from './sqlite-errors.js';

export interface SqliteParts {
  readonly writer: SqliteHandle;
  /** A read-only connection. The writer itself for a database in memory, which has only one connection. */
  readonly reader: SqliteHandle;
  /** Opens another read-only connection. */
  readonly openReader: () => Promise<SqliteHandle>;
  /** `undefined` for a database in memory. */
  readonly owner: OwnerFile | undefined;
  /** `undefined` for a database in memory. */
  readonly files: HeldFiles | undefined;
  readonly wakeFile: WakeFile | undefined;
  /** The path of the file. `undefined` for a database in memory. */
  readonly database: string | undefined;
  readonly driver: SqliteDriver;
  readonly prefix: string;
  readonly nowMs: () => number;
  readonly logger?: Logger | undefined;
}

/** Of `auto_vacuum`. */
const incremental = 2;

/** An open SQLite database: one writing and one reading connection. Each runs one statement at a time. */
export class SqliteConnection implements Connection {
  readonly shared = false;
  readonly #session: SqlSession;
  readonly #writes = new Serial();
  readonly #reads: Serial;
  /** Prepared statements by SQL. Each is compiled at its first use. */
  readonly #prepared = new Map<string, SqliteStatement>();
  readonly #inspection: SqliteInspection;

  constructor(private readonly parts: SqliteParts) {
    const { prefix, database, writer, openReader } = parts;
    this.#session = new SqliteSession(writer, prefix);
    this.#reads = parts.reader === writer ? this.#writes : new Serial();
    this.#inspection = new SqliteInspection({
      prefix,
      database,
      open: database === undefined ? async () => writer : openReader,
      serial: database === undefined ? this.#writes : undefined,
    });
  }

  get alone(): boolean {
    return this.parts.owner === undefined;
  }

  async acquireExclusiveLock(incarnation?: number): Promise<'held' | 'refused'> {
    if (!((await this.parts.owner?.take()) ?? true)) return 'refused';
    if (incarnation !== undefined) await this.#change('taking hold', (session) => noteHold(session, incarnation));
    return 'held';
  }

  async releaseExclusiveLock(): Promise<void> {
    await this.parts.owner?.release();
  }

  async damagedInboxRows(): Promise<{ count: number; example: string | null }> {
    const [row] = await this.#read<{ count: number; example: string | null }>(damagedInboxSql(this.parts.prefix), []);
    return row ?? { count: 0, example: null };
  }

  async waitingStart(instanceId: string): Promise<InboxRow | undefined> {
    const [row] = await this.#read<InboxRow>(waitingStartSql(this.parts.prefix), [instanceId]);
    return row;
  }

  async countInbox(target: string, nowMs: number): Promise<number> {
    const [row] = await this.#read<{ count: number }>(inboxCountSql(this.parts.prefix), [target, nowMs]);
    return row?.count ?? 0;
  }

  writeWithin(transaction: unknown, rows: readonly InboxWrite[]): Promise<void> {
    return writeWithin(transaction, this.parts, rows);
  }

  /** A change of the file says that something has changed, and not what. */
  listen(callback: (hint: Hint | undefined) => void): () => void {
    return this.parts.wakeFile?.listen(() => callback(undefined)) ?? (() => {});
  }

  wakeOthers(): void {
    this.parts.wakeFile?.touch();
  }

  exclusively<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.#writes.run(async () => {
      const result = await work(this.#session);
      this.parts.files?.check();
      return result;
    });
  }

  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    const { writer } = this.parts;
    return this.exclusively(async (session) => {
      await writer.all('BEGIN IMMEDIATE');
      try {
        const result = await work(session);
        await writer.all('COMMIT');
        return result;
      } catch (error) {
        await leaveTransaction(writer);
        throw error;
      }
    });
  }

  explain(doing: string, error: unknown): DurableError {
    return transactionError(doing, error);
  }

  join(member: NewMember): Promise<Joined> {
    const { name, names, leaseMs, kind = 'worker', version = '' } = member;
    const holds = (this.parts.owner?.held ?? true) && kind === 'worker';
    const expiresAt = this.parts.nowMs() + leaseMs;
    return this.#change('joining', (session) => join(session, { name, kind, names, version, expiresAt, holds }));
  }

  takeBlock(): Promise<number> {
    return this.#change('taking a block of row ids', takeBlock);
  }

  async retire(incarnation: number, survivor?: Survivor): Promise<{ seq: number | undefined }> {
    return { seq: await this.#change('retiring a worker', (session) => retire(session, incarnation, survivor)) };
  }

  /** The owner file tells who is dead, so no worker has a presence lock. */
  async holdPresence(): Promise<boolean> {
    return false;
  }

  async absent(): Promise<readonly number[]> {
    return [];
  }

  takeOver(incarnation: number, seq: number): Promise<boolean> {
    return this.#change('taking over from a worker', (session) => takeOver(session, incarnation, seq));
  }

  acquire(
    incarnation: number,
    { partitions = 'all', suspicious = false }: Parameters<Store['acquire']>[1] = {},
  ): Promise<readonly AcquiredPartition[]> {
    return this.#change('acquiring partitions', (session) =>
      acquire(session, incarnation, { partitions, suspicious }, (mended) => {
        const text = 'Rows of partitions were missing. The tables are damaged; these rows were made anew.';
        this.parts.logger?.error({ partitions: mended }, text);
      }),
    );
  }

  async readTimes(): Promise<HubTimes> {
    const times = await this.#change('reading the times', readTimes);
    return { ...times, nowMs: this.parts.nowMs() };
  }

  commit(batch: CommitBatch): Promise<{ nowMs: number }> {
    return this.#writes.run(async () => {
      const { writer, prefix } = this.parts;
      try {
        const statement = await this.#prepare(writer, commitSql(prefix));
        await statement.run([batchText(batchElementsOf(batch, this.parts.nowMs()))]);
        this.parts.files?.check();
        return { nowMs: this.parts.nowMs() };
      } catch (error) {
        const missing = await missingRows(writer, prefix, batch, error).catch(() => undefined);
        throw commitError(batch, error, missing);
      }
    });
  }

  async members(): Promise<Membership> {
    const nowMs = this.parts.nowMs();
    const [row] = await this.#read<{ members: string; owners: string }>(membersSql(this.parts.prefix), []);
    const owners: number[] = [];
    for (const [partition, owner] of JSON.parse(row?.owners ?? '[]') as [number, number][]) owners[partition] = owner;
    const members = (JSON.parse(row?.members ?? '[]') as MemberColumns[]).map(toMember);
    // A missing row of a damaged table has no owner.
    return { nowMs, members, owners: Array.from(owners, (owner) => owner ?? 0) };
  }

  async scanWorkers({ after = 0, limit }: { after?: number; limit: number }): Promise<readonly WorkerStanding[]> {
    type Row = Omit<WorkerStanding, 'alive'> & { alive: number };
    const rows = await this.#read<Row>(workersSql(this.parts.prefix), [after, limit]);
    return rows.map((row) => ({ ...row, alive: row.alive === 1 }));
  }

  loadInstances(ids: readonly string[], withState = true): Promise<readonly InstanceRow[]> {
    return this.#read(instancesSql(this.parts.prefix, withState), [JSON.stringify(ids)]);
  }

  loadNamedSignals(entities: readonly string[]): Promise<readonly NamedSignal[]> {
    return this.#read(namedSignalsSql(this.parts.prefix), [JSON.stringify(entities)]);
  }

  async scanEnded(status: string, { beforeActiveMs, skip, limit }: EndedPage): Promise<readonly string[]> {
    const values = [status, beforeActiveMs, limit, skip];
    return (await this.#read<{ id: string }>(endedSql(this.parts.prefix), values)).map(({ id }) => id);
  }

  /** Returns free pages of the file to the file system. Does nothing if `auto_vacuum` of the file is not incremental. */
  giveBackPages({ max, keep }: { max: number; keep: number }): Promise<{ given: number; left: number }> {
    return this.exclusively(async (session) => {
      const [row] = await session.all<{ mode: number; free: number }>(
        'SELECT auto_vacuum AS mode, freelist_count AS free FROM pragma_auto_vacuum, pragma_freelist_count',
      );
      const free = row?.mode === incremental ? row.free : 0;
      const given = Math.max(0, Math.min(max, free - keep));
      if (given > 0) await session.all(`PRAGMA incremental_vacuum(${given})`);
      return { given, left: free - given };
    });
  }

  loadHistory(instance: string, execution: string): Promise<readonly HistoryChunk[]> {
    return this.#read(historySql(this.parts.prefix), [instance, execution]);
  }

  loadFirstChunks(executions: readonly ExecutionKey[]): Promise<readonly HistoryChunk[]> {
    const keys = executions.map(({ instance, execution }) => [instance, execution]);
    return this.#read(firstChunksSql(this.parts.prefix), [JSON.stringify(keys)]);
  }

  queryInstances(filter: InstanceFilter, page: InstancePage): Promise<readonly InstanceRow[]> {
    const { sql, values } = queryOf(this.parts.prefix, filter, page);
    return this.#read(sql, values);
  }

  countInstances(filter: InstanceFilter): Promise<readonly StatusCount[]> {
    const { sql, values } = countOf(this.parts.prefix, filter);
    return this.#read(sql, values);
  }

  scanReceipts({ after, limit }: ReceiptPage): ReturnType<Store['scanReceipts']> {
    // The empty text comes before all others.
    return this.#read(receiptPageSql(this.parts.prefix), [after?.requestId ?? '', after?.target ?? '', limit]);
  }

  loadReceipts(keys: readonly ReceiptKey[]): Promise<readonly Receipt[]> {
    const pairs = keys.map((key) => [key.requestId, key.target]);
    return this.#read(receiptsSql(this.parts.prefix), [JSON.stringify(pairs)]);
  }

  async rowsInInbox(ids: readonly number[]): Promise<readonly number[]> {
    const rows = await this.#read<{ id: number }>(inboxIdsSql(this.parts.prefix), [JSON.stringify(ids)]);
    return rows.map(({ id }) => id);
  }

  loadDeadLetters(
    page: { after?: number; limit: number } | { ids: readonly number[] },
  ): Promise<readonly DeadLetter[]> {
    const { prefix } = this.parts;
    return 'ids' in page
      ? this.#read(deadLettersByIdSql(prefix), [JSON.stringify(page.ids)])
      : this.#read(deadLettersSql(prefix), [page.after ?? Number.MIN_SAFE_INTEGER, page.limit]);
  }

  /** SQLite numbers rows in the order of their commits. So later pages, read after more commits, miss nothing that comes first. */
  async *readBacklog({ gained, owned, limit }: BacklogRequest): AsyncGenerator<readonly InboxRow[]> {
    const { prefix } = this.parts;
    const adopted = adoptedSql(prefix, gained !== 'all');
    yield* pagesOf(limit, (last) => {
      const values = last === undefined ? [Number.MIN_SAFE_INTEGER, 0] : [last.arrival, last.seq];
      return this.#read<InboxRow>(adopted, [...values, limit, ...listed(gained)]);
    });
    const fresh = freshSql(prefix, owned !== 'all');
    yield* pagesOf(limit, (last) => this.#read<InboxRow>(fresh, [last?.seq ?? 0, limit, ...listed(owned)]));
  }

  readWaiting(target: string, { after, limit }: { after: number; limit: number }): Promise<readonly InboxRow[]> {
    return this.#read(waitingSql(this.parts.prefix), [target, after, limit]);
  }

  async poll({ partitions, nowMs, limit, members }: Parameters<Store['poll']>[0]): ReturnType<Store['poll']> {
    const sql = pollSql(this.parts.prefix, partitions !== 'all');
    const found = await this.#read<PolledRow>(sql, [nowMs, limit, ...listed(partitions)]);
    const nextDueMs = found[0]?.nextDueMs ?? undefined;
    return { rows: found.flatMap(toInboxRow), nextDueMs, ...(members === true && { members: await this.members() }) };
  }

  inspect(): InspectionStore {
    return new SqlInspection(this.#inspection);
  }

  /** Closes the connections, then releases the exclusive lock: no other process may start before. */
  async close(): Promise<void> {
    const { writer, reader, owner, wakeFile } = this.parts;
    wakeFile?.close();
    await this.#writes.run(async () => {});
    await this.#reads.run(async () => {});
    await this.#inspection.close();
    try {
      for (const statement of this.#prepared.values()) await statement.finalize();
      if (reader !== writer) await reader.close();
      await writer.close();
    } finally {
      await owner?.release();
    }
  }

  /** Runs the work in a transaction, and translates its errors. */
  async #change<T>(doing: string, work: (session: SqlSession) => Promise<T>): Promise<T> {
    try {
      return await this.transaction(work);
    } catch (error) {
      throw this.explain(doing, error);
    }
  }

  #read<Row>(sql: string, values: readonly SqlValue[]): Promise<Row[]> {
    return this.#reads.run(async () => {
      try {
        return await (await this.#prepare(this.parts.reader, sql)).all<Row>(values);
      } catch (error) {
        throw sqliteError('reading', error);
      }
    });
  }

  async #prepare(handle: SqliteHandle, sql: string): Promise<SqliteStatement> {
    const statement = this.#prepared.get(sql) ?? (await handle.prepare(sql));
    this.#prepared.set(sql, statement);
    return statement;
  }
}
