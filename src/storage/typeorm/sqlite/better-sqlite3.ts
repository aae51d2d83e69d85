/** The package better-sqlite3 in the form in which the store uses node-sqlite3. Each connection has a thread of its own. */
import { createRequire } from 'node:module';
import type { SqlValue } from '../dialect.js';
import { SqliteFailure, takeThread, type Answered, type ConnectionThread, type Request } from './connection-threads.js';
import type { RawDatabase, RawStatement, SqliteModule } from './sqlite-module.js';

const open = { readonly: 1, readWrite: 2, create: 4 } as const;

/** One connection, in a thread that has no other. An idle one does not keep the process alive. */
class ThreadConnection implements RawDatabase {
  /** `undefined` after the end of the connection: then another one may have the thread. */
  #thread: ConnectionThread | undefined;
  #isClosing = false;
  #lastStatement = 0;

  constructor(module: string, file: string, mode: number, done: (error: Error | null) => void) {
    const options = { readonly: mode === open.readonly, fileMustExist: (mode & open.create) === 0 };
    this.#thread = takeThread(module);
    this.#ask({ kind: 'open', file, options }, (error) => {
      if (error !== null) this.#thread = undefined;
      done(error);
    });
  }

  run(sql: string, values: readonly SqlValue[], done: (this: { changes: number }, error: Error | null) => void): void {
    this.#ask({ kind: 'run', sql, values }, (error, { changes = 0 }) => done.call({ changes }, error));
  }

  all(sql: string, values: readonly SqlValue[], done: (error: Error | null, rows: unknown[]) => void): void {
    this.#ask({ kind: 'all', sql, values }, (error, { rows = [] }) => done(error, rows));
  }

  exec(sql: string, done: (error: Error | null) => void): void {
    this.#ask({ kind: 'exec', sql }, done);
  }

  prepare(sql: string, done: (error: Error | null) => void): RawStatement {
    const statement = ++this.#lastStatement;
    this.#ask({ kind: 'prepare', sql, statement }, done);
    return {
      run: (values, ran) => this.#ask({ kind: 'run', statement, values }, ran),
      all: (values, read) => this.#ask({ kind: 'all', statement, values }, (error, { rows = [] }) => read(error, rows)),
      // better-sqlite3 resets a statement that has failed.
      reset: (reset) => queueMicrotask(reset),
      finalize: (gone) => this.#ask({ kind: 'finalize', statement }, gone),
    };
  }

  configure(_option: 'busyTimeout', ms: number): void {
    this.#ask({ kind: 'timeout', ms }, () => {});
  }

  /** better-sqlite3 cannot interrupt a statement. Its caller gets the error at once, and later statements wait for its end. */
  interrupt(): void {
    this.#thread?.failAll(new SqliteFailure('interrupted', 'SQLITE_INTERRUPT'));
  }

  close(done: (error: Error | null) => void): void {
    this.#ask({ kind: 'close' }, (error) => {
      this.#thread = undefined;
      done(error);
    });
    this.#isClosing = true;
  }

  #ask(request: Request, answered: Answered): void {
    if (this.#thread !== undefined && !this.#isClosing) return this.#thread.ask(request, answered);
    queueMicrotask(() => answered(new SqliteFailure('the connection is closed', 'SQLITE_IOERR'), {}));
  }
}

/** The class that the package exports. */
type BetterSqlite3 = new (file: string) => { close(): void };

let loaded: (SqliteModule & { readonly package: BetterSqlite3 }) | undefined;

/** @throws an error of Node.js if the package is not installed, an error of the package if it is not built */
export function betterSqlite3(): SqliteModule & { readonly package: BetterSqlite3 } {
  return (loaded ??= load());
}

function load(): SqliteModule & { readonly package: BetterSqlite3 } {
  // A bundle that is CommonJS has a name of its file, and no `import.meta.url`.
  const require = createRequire(typeof __filename === 'string' ? __filename : import.meta.url);
  const module = require.resolve('better-sqlite3');
  const Package = require(module) as BetterSqlite3;
  // The native part is loaded by the first connection.
  new Package(':memory:').close();
  class Database extends ThreadConnection {
    constructor(file: string, mode: number, done: (error: Error | null) => void) {
      super(module, file, mode, done);
    }
  }
  const { readonly, readWrite, create } = open;
  return { OPEN_READONLY: readonly, OPEN_READWRITE: readWrite, OPEN_CREATE: create, Database, package: Package };
}
