import { isMainThread } from 'node:worker_threads';
import { StorageError } from '../../../errors/index.js';
import type { SqlValue } from '../dialect.js';
import { driverError } from './driver-error.js';

/*
 * The used part of node-sqlite3, with promises. Its types are not imported: the package is optional, and the types of this library must
 * compile without it.
 *
 * This file avoids four traps of node-sqlite3:
 * 1. It silently binds a bigint as NULL, so only `SqlValue`s are bound.
 * 2. `get` does not run a statement to its end, so the read transaction and its snapshot stay open. So only `all` reads.
 * 3. Two statements that start together run in any order, so callers await one before they start the next.
 * 4. A prepared statement that failed as busy is still active for SQLite, and blocks the commit of transactions. So a failed statement is
 *    reset.
 */

interface RawStatement {
  run(values: readonly SqlValue[], done: (error: Error | null) => void): void;
  all(values: readonly SqlValue[], done: (error: Error | null, rows: unknown[]) => void): void;
  reset(done: () => void): void;
  finalize(done: (error: Error | null) => void): void;
}

interface RawDatabase {
  run(sql: string, values: readonly SqlValue[], done: (this: { changes: number }, error: Error | null) => void): void;
  all(sql: string, values: readonly SqlValue[], done: (error: Error | null, rows: unknown[]) => void): void;
  exec(sql: string, done: (error: Error | null) => void): void;
  prepare(sql: string, done: (error: Error | null) => void): RawStatement;
  configure(option: 'busyTimeout', ms: number): void;
  interrupt(): void;
  close(done: (error: Error | null) => void): void;
}

export interface SqliteModule {
  readonly OPEN_READONLY: number;
  readonly OPEN_READWRITE: number;
  readonly OPEN_CREATE: number;
  readonly Database: new (file: string, mode: number, done: (error: Error | null) => void) => RawDatabase;
}

/** @throws StorageError when the package cannot be loaded, or in a worker thread */
export async function loadSqlite(): Promise<SqliteModule> {
  refuseWorkerThread();
  try {
    // The name is in a variable, so that the compiler needs no types of an optional package.
    const name: string = 'sqlite3';
    const module = (await import(name)) as { default: SqliteModule };
    return module.default;
  } catch (cause) {
    throw driverError(cause);
  }
}

/** A statement of sqlite3 that ends after its thread was terminated aborts the whole process: no other thread survives it. */
function refuseWorkerThread(): void {
  if (isMainThread) return;
  throw new StorageError(
    'A SQLite file cannot be used in a worker thread: sqlite3 aborts the whole process when the thread is terminated.',
    'Start the host, or connect the client, in the main thread or in a process of its own (node:child_process).',
  );
}

/** One connection to a database. */
export class SqliteHandle {
  constructor(private readonly raw: RawDatabase) {}

  static open(sqlite: SqliteModule, file: string, mode: number): Promise<SqliteHandle> {
    return new Promise((resolve, reject) => {
      const raw = new sqlite.Database(file, mode, (error) => (error ? reject(error) : resolve(new SqliteHandle(raw))));
    });
  }

  setBusyTimeout(ms: number): void {
    this.raw.configure('busyTimeout', ms);
  }

  /** Fails every statement that runs on this connection. */
  interrupt(): void {
    this.raw.interrupt();
  }

  all<Row>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.raw.all(sql, values, (error, rows) => (error ? reject(error) : resolve(rows as Row[])));
    });
  }

  /** Resolves with the number of rows that an INSERT, UPDATE or DELETE has changed. */
  run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return new Promise((resolve, reject) => {
      this.raw.run(sql, values, function (error) {
        if (error) reject(error);
        else resolve(this.changes);
      });
    });
  }

  /** Runs several statements one after the other, without results. */
  exec(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.raw.exec(sql, (error) => (error ? reject(error) : resolve()));
    });
  }

  prepare(sql: string): Promise<SqliteStatement> {
    return new Promise((resolve, reject) => {
      const raw = this.raw.prepare(sql, (error) => (error ? reject(error) : resolve(new SqliteStatement(raw))));
    });
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.raw.close((error) => (error ? reject(error) : resolve()));
    });
  }
}

/** A prepared statement. A call takes 28 µs instead of 64 µs with `query()` of TypeORM. */
export class SqliteStatement {
  constructor(private readonly raw: RawStatement) {}

  run(values: readonly SqlValue[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.raw.run(values, (error) => (error ? this.#resetThen(() => reject(error)) : resolve()));
    });
  }

  all<Row>(values: readonly SqlValue[]): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.raw.all(values, (error, rows) => (error ? this.#resetThen(() => reject(error)) : resolve(rows as Row[])));
    });
  }

  #resetThen(done: () => void): void {
    this.raw.reset(done);
  }

  finalize(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.raw.finalize((error) => (error ? reject(error) : resolve()));
    });
  }
}
