import { isNotFound, PackageError } from '../../../errors/package-errors.js';
import type { SqlValue } from '../dialect.js';

/*
 * The little of node-sqlite3 that is used, with promises. Its types are not imported: the package is optional, and this
 * library's own types must compile without it.
 *
 * Some of its traps decide the shape of this file. It binds a bigint as NULL, silently; so only `SqlValue`s are bound.
 * `get` does not run a statement to its end, so the read transaction, and with it the snapshot, stays open; so only `all`
 * reads. And two statements started together run in either order; so callers wait for one before they start the next. A fourth
 * one: a prepared statement that was refused as busy is still under way for SQLite, and no transaction can be committed beside it;
 * so one that failed is reset.
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
  prepare(sql: string, done: (error: Error | null) => void): RawStatement;
  configure(option: 'busyTimeout', ms: number): void;
  close(done: (error: Error | null) => void): void;
}

export interface SqliteModule {
  readonly OPEN_READONLY: number;
  readonly OPEN_READWRITE: number;
  readonly OPEN_CREATE: number;
  readonly Database: new (file: string, mode: number, done: (error: Error | null) => void) => RawDatabase;
}

export async function loadSqlite(): Promise<SqliteModule> {
  try {
    // A variable, so that the compiler asks for no types of an optional package.
    const name: string = 'sqlite3';
    const module = (await import(name)) as { default: SqliteModule };
    return module.default;
  } catch (cause) {
    throw driverError(cause);
  }
}

/** Of the optional dependency in package.json. */
const install = 'npm install sqlite3@6';

/** Why sqlite3 is not there: it is not installed, or installed without its native part, or with one that is not of this machine. */
export function driverError(cause: unknown): PackageError {
  const message = cause instanceof Error ? cause.message : String(cause);
  // The package itself: a package that it needs may be missing, too.
  if (isNotFound(cause) && /Cannot find (package|module) 'sqlite3'/.test(message)) {
    return new PackageError('sqlite3', 'it is not installed', `Install it: ${install}`, undefined, cause);
  }
  const build = 'npm approve-scripts sqlite3 && npm rebuild sqlite3';
  const older = 'An npm before 11 needs the second command alone; with ignore-scripts, add --ignore-scripts=false.';
  if (message.includes('Could not locate the bindings file')) {
    const problem = 'it is installed, but its native part is not built: its install script was blocked, or failed';
    return new PackageError('sqlite3', problem, `Build it: ${build}. ${older}`, undefined, cause);
  }
  if ((cause as { code?: unknown } | undefined)?.code === 'ERR_DLOPEN_FAILED') {
    const problem = 'it is installed, but its native part is not of this machine or version of Node';
    return new PackageError('sqlite3', problem, `Build it again: ${build}. ${older}`, undefined, cause);
  }
  return new PackageError(
    'sqlite3',
    'it could not be loaded',
    `See the cause. To install it again: ${install}`,
    undefined,
    cause,
  );
}

/** One connection. */
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

  all<Row>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.raw.all(sql, values, (error, rows) => (error ? reject(error) : resolve(rows as Row[])));
    });
  }

  /** Resolves with the number of rows that an INSERT, UPDATE or DELETE met. */
  run(sql: string, values: readonly SqlValue[] = []): Promise<number> {
    return new Promise((resolve, reject) => {
      this.raw.run(sql, values, function (error) {
        if (error) reject(error);
        else resolve(this.changes);
      });
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

  /**
   * What TypeORM takes for the package: whatever it opens is this connection. It calls `verbose()` on its driver, which slows down
   * every use of sqlite3 in the process; this one does nothing.
   */
  asDriver(): unknown {
    const { raw } = this;
    function Database(...given: unknown[]): RawDatabase {
      queueMicrotask(() => (given.at(-1) as (error: null) => void)(null));
      return raw;
    }
    return { verbose: () => ({ Database }) };
  }
}

/** A statement that is compiled once: a call costs 28 µs instead of 64 through TypeORM's `query()`. */
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
