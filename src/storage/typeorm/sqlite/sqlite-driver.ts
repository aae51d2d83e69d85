import { isMainThread } from 'node:worker_threads';
import { StorageError } from '../../../errors/index.js';
import type { SqlValue } from '../dialect.js';
import { driverError } from './driver-error.js';
import { noteOpen } from './open-files.js';
import type { RawDatabase, RawStatement, SqliteModule } from './sqlite-module.js';

/*
 * The driver of SQLite files, with promises: node-sqlite3, or better-sqlite3 in the same shape.
 *
 * This file avoids four traps of node-sqlite3:
 * 1. It silently binds a bigint as NULL, so only `SqlValue`s are bound.
 * 2. `get` does not run a statement to its end, so the read transaction and its snapshot stay open. So only `all` reads.
 * 3. Two statements that start together run in any order, so callers await one before they start the next.
 * 4. A prepared statement that failed as busy is still active for SQLite, and blocks the commit of transactions. So a failed statement is
 *    reset.
 */

/** The packages that a file can be opened with. */
export type SqliteDriver = 'sqlite3' | 'better-sqlite3';

/** @throws PackageError if the package cannot be loaded; StorageError in a worker thread */
export async function loadSqlite(driver: SqliteDriver = 'sqlite3'): Promise<SqliteModule> {
  refuseWorkerThread(driver);
  try {
    if (driver === 'better-sqlite3') return (await import('./better-sqlite3.js')).betterSqlite3();
    // The name is in a variable, so that the compiler needs no types of an optional package.
    const name: string = 'sqlite3';
    const module = (await import(name)) as { default: SqliteModule };
    return module.default;
  } catch (cause) {
    throw driverError(driver, cause);
  }
}

/** The package that is there, for tools in a process of their own. @throws PackageError */
export async function loadAnySqlite(): Promise<SqliteModule> {
  try {
    return await loadSqlite();
  } catch (error) {
    return loadSqlite('better-sqlite3').catch(() => Promise.reject(error as Error));
  }
}

/** A statement of sqlite3 that ends after its thread was terminated aborts the whole process: no other thread survives it. */
function refuseWorkerThread(driver: SqliteDriver): void {
  if (isMainThread) return;
  const why =
    driver === 'sqlite3'
      ? 'sqlite3 aborts the whole process when the thread is terminated'
      : 'the threads of better-sqlite3 end with the thread, in the middle of their work';
  throw new StorageError(
    `A SQLite file cannot be used in a worker thread: ${why}.`,
    'Start the host, or connect the client, in the main thread or in a process of its own (node:child_process).',
  );
}

/** One connection to a database. */
export class SqliteHandle {
  private constructor(
    private readonly raw: RawDatabase,
    private readonly closed: () => void,
  ) {}

  /** @throws StorageError if another driver has the file open in this process */
  static async open(sqlite: SqliteModule, file: string, mode: number): Promise<SqliteHandle> {
    const closed = noteOpen(file, sqlite);
    return new Promise((resolve, reject) => {
      const raw = new sqlite.Database(file, mode, (error) => {
        if (error === null) return resolve(new SqliteHandle(raw, closed));
        closed();
        reject(error);
      });
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
      this.raw.close((error) => {
        if (error) return reject(error);
        this.closed();
        resolve();
      });
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
