import type { DurableError } from '../../errors/index.js';
import type {
  CommitBatch,
  DeadLetter,
  HistoryChunk,
  InboxRow,
  InboxWrite,
  InstanceFilter,
  InstanceRow,
  Member,
  Receipt,
  ReceiptKey,
  StatusCount,
  Store,
  WorkerStanding,
} from '../../engines/sql/ports/store.js';

/** What is particular to one database; `TypeOrmStore` is what all of them share. */
export interface Dialect {
  /**
   * Connects, checks that the database can be used, and migrates the tables. For that, and where there is no task hub yet, it takes
   * the exclusive hold, and keeps it; when it fails it lets go of everything it took.
   * @throws StorageError
   */
  connect(): Promise<Connection>;
}

/** The page of the inbox that `Store.readBacklog` asks for. */
export interface BacklogPage {
  readonly after?: InboxRow;
  readonly limit: number;
}

/** The page that `Store.queryInstances` asks for. */
export interface InstancePage {
  readonly after?: string;
  readonly limit: number;
  readonly withState: boolean;
}

/** The page that `Store.scanEnded` asks for. */
export interface EndedPage {
  readonly beforeActiveMs: number;
  readonly skip: number;
  readonly limit: number;
}

/** The page that `Store.scanReceipts` asks for. */
export interface ReceiptPage {
  readonly after?: ReceiptKey;
  readonly limit: number;
}

/** What every database takes as a parameter. */
export type SqlValue = string | number | null;

/**
 * The writing connection, for what is the same on every database: plain SQL with `?` for each value, which the dialect may replace
 * by what its driver wants.
 */
export interface SqlSession {
  /** Begins the name of every table. Checked: it may be part of the SQL. */
  readonly prefix: string;
  all<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Resolves with the number of rows that were met. */
  run(sql: string, values?: readonly SqlValue[]): Promise<number>;
  /** Inserts one row, and resolves with the number that the database gave it in this column. */
  insert(sql: string, values: readonly SqlValue[], generated: string): Promise<number>;
}

export interface Connection {
  /** No other process can reach this database. */
  readonly alone: boolean;
  readonly holds: boolean;
  /** See `Store.acquireExclusiveLock`. */
  acquireExclusiveLock(): Promise<boolean>;
  releaseExclusiveLock(): Promise<void>;
  /** The database's clock. */
  nowMs(): number;
  /** Runs the work alone on the writer, after everything asked for before. */
  exclusively<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  /**
   * Runs the work alone on the writer, in a transaction of its own. However it fails, none is left open: a commit that came inside
   * of it would be acknowledged and never stored.
   */
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  /** What an error of this database means when nothing depends on whether the statement was applied. */
  explain(doing: string, error: unknown): DurableError;

  /** One statement; throws what `Store.commit` says. */
  commit(batch: CommitBatch): Promise<void>;
  loadMembers(): Promise<readonly Member[]>;
  scanWorkers(page: { after?: number; limit: number }): Promise<readonly WorkerStanding[]>;
  loadInstances(ids: readonly string[], withState?: boolean): Promise<readonly InstanceRow[]>;
  scanEnded(status: string, page: EndedPage): Promise<readonly string[]>;
  giveBackPages(pages: { max: number; keep: number }): Promise<{ given: number; left: number }>;
  loadHistory(instance: string, execution: string): Promise<readonly HistoryChunk[]>;
  queryInstances(filter: InstanceFilter, page: InstancePage): Promise<readonly InstanceRow[]>;
  countInstances(filter: InstanceFilter): Promise<readonly StatusCount[]>;
  scanReceipts(page: ReceiptPage): ReturnType<Store['scanReceipts']>;
  loadReceipts(keys: readonly ReceiptKey[]): Promise<readonly Receipt[]>;
  rowsInInbox(ids: readonly number[]): Promise<readonly number[]>;
  loadDeadLetters(page: { after?: number; limit: number } | { ids: readonly number[] }): Promise<readonly DeadLetter[]>;
  readBacklog(incarnation: number, page: BacklogPage): Promise<readonly InboxRow[]>;
  readWaiting(target: string, page: { after: number; limit: number }): Promise<readonly InboxRow[]>;
  poll(
    incarnation: number,
    page: { nowMs: number; limit: number },
  ): Promise<{ rows: readonly InboxRow[]; nextDueMs: number | undefined }>;

  /** See `Store.writeWithin`. */
  writeWithin(transaction: unknown, rows: readonly InboxWrite[]): Promise<void>;
  /** Rows of the inbox whose id or place is no safe integer. */
  damagedInboxRows(): Promise<{ readonly count: number; readonly example: string | null }>;
  waitingStart(instanceId: string): Promise<InboxRow | undefined>;
  countInbox(target: string, nowMs: number): Promise<number>;
  /** See `Store.listen` and `Store.wakeOthers`. */
  listen(callback: () => void): () => void;
  wakeOthers(): void;

  close(): Promise<void>;
}
