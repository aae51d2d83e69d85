import type { DurableError } from '../../errors/index.js';
import type { ReceiptKey, Store } from '../../engines/sql/ports/store.js';

/** The part of a store that is specific to one kind of database. `TypeOrmStore` is the common part. */
export interface Dialect {
  /**
   * Connects, checks that the database can be used, and creates or migrates the tables. If there are tables to create or migrate, it acquires
   * the exclusive lock and keeps it. If it fails, it releases everything that it acquired.
   * @throws StorageError
   */
  connect(): Promise<Connection>;
}

/** The rows of the inbox that `Store.readBacklog` asks for. */
export type BacklogRequest = Parameters<Store['readBacklog']>[0];

/** The page that `Store.queryInstances` asks for. */
export interface InstancePage {
  readonly after?: string;
  readonly limit: number;
  readonly withState: boolean;
}

/** The place that `InspectionStore.edge` asks for. */
export interface EdgePage {
  readonly after?: string | undefined;
  readonly descending: boolean;
  readonly rows: number;
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

/** A value that every database accepts as a parameter. */
export type SqlValue = string | number | null;

/**
 * The writing connection for statements that are the same on every database: plain SQL with `?` for each value. The dialect may replace
 * `?` by the placeholder of its driver.
 */
export interface SqlSession {
  /** The prefix of the names of all tables. It is checked, so it may be part of SQL. */
  readonly prefix: string;
  /** The name of a column, quoted: some are words of SQL. The name must be one of this package. */
  quoted(column: string): string;
  all<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Runs a statement. Resolves with the number of rows that it changed. */
  run(sql: string, values?: readonly SqlValue[]): Promise<number>;
  /** Runs an INSERT that leaves out rows whose key exists. Resolves with the number of inserted rows. */
  insertMissing(sql: string, values?: readonly SqlValue[]): Promise<number>;
  /** Inserts one row. Resolves with the number that the database generated in the column `generated`. */
  insert(sql: string, values: readonly SqlValue[], generated: string): Promise<number>;
}

/**
 * An open database: all of `Store` except for opening. `TypeOrmStore` adds the opening, the checks and the task hub, which are the same on
 * every database.
 */
export interface Connection extends Omit<Store, 'open' | 'readHub'> {
  /** Whether no other process can reach this database. */
  readonly alone: boolean;
  /** Whether several workers may own partitions at the same time. */
  readonly shared: boolean;
  /** Runs the work alone on the writing connection, after all earlier requests. */
  exclusively<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  /**
   * Runs the work alone on the writing connection, in a transaction of its own. No failure leaves the transaction open: a later commit inside
   * of it would be acknowledged but never stored.
   */
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  /** Translates an error of the database, if the caller need not know whether the statement was applied. */
  explain(doing: string, error: unknown): DurableError;
  /** Rows of the inbox whose id or place is no safe integer. */
  damagedInboxRows(): Promise<{ readonly count: number; readonly example: string | null }>;
}
