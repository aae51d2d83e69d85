/** The package better-sqlite3 in the form in which the store uses node-sqlite3. Each connection has a thread of its own. */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { SqlValue } from '../dialect.js';
import { threadCode, type ThreadAnswer, type ThreadData, type ThreadRequest } from './better-sqlite3-thread.js';
import type { RawDatabase, RawStatement, SqliteModule } from './sqlite-module.js';

const open = { readonly: 1, readWrite: 2, create: 4 } as const;

type Request = Omit<ThreadRequest, 'id'>;
type Answered = (error: Error | null, answer: ThreadAnswer) => void;

/** An error with the code and number that node-sqlite3 would give it. */
class SqliteFailure extends Error {
  readonly errno: number | undefined;

  constructor(
    message: string,
    readonly code: string | undefined,
  ) {
    super(message);
    const number = primaryCodes.indexOf(code ?? '');
    this.errno = number < 0 ? undefined : number;
  }
}

/** Primary result codes, https://sqlite.org/rescode.html. The place in the list is the number. */
const primaryCodes: readonly string[] =
  'OK ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL EMPTY SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB'
    .split(' ')
    .map((name) => `SQLITE_${name}`);

/** @param code the name of a primary or extended code, such as `SQLITE_CONSTRAINT_TRIGGER` */
function failureOf({ message, code }: { readonly message: string; readonly code?: string }): SqliteFailure {
  return new SqliteFailure(message, code?.split('_').slice(0, 2).join('_'));
}

/** One connection, in a thread of its own. An idle one does not keep the process alive. */
class ThreadConnection implements RawDatabase {
  readonly #thread: Worker;
  readonly #waiting = new Map<number, Answered>();
  #lastId = 0;
  #lastStatement = 0;
  /** `undefined` while the thread runs. */
  #ended: SqliteFailure | undefined;

  constructor(module: string, file: string, mode: number, done: (error: Error | null) => void) {
    const options = { readonly: mode === open.readonly, fileMustExist: (mode & open.create) === 0 };
    const data: ThreadData = { module, file, options };
    this.#thread = new Worker(threadCode, { eval: true, workerData: data, execArgv: [], stdin: false });
    this.#waiting.set(0, done);
    this.#thread.on('message', (answer: ThreadAnswer) => this.#answer(answer));
    this.#thread.on('error', (error) => this.#end(error.message));
    this.#thread.on('exit', () => this.#end('it is closed'));
  }

  /** A thread that has ended never answers: requests in progress and later ones fail, as after a failure of the disk. */
  #end(why: string): void {
    this.#ended ??= new SqliteFailure(`the thread of the connection has ended: ${why}`, 'SQLITE_IOERR');
    this.#failAll(this.#ended);
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
    this.#failAll(new SqliteFailure('interrupted', 'SQLITE_INTERRUPT'));
  }

  close(done: (error: Error | null) => void): void {
    this.#ask({ kind: 'close' }, done);
  }

  #ask(request: Request, answered: Answered): void {
    const id = ++this.#lastId;
    const ended = this.#ended;
    if (ended !== undefined) return queueMicrotask(() => answered(ended, { id }));
    this.#waiting.set(id, answered);
    this.#thread.ref();
    this.#thread.postMessage({ ...request, id }, []);
  }

  #answer(answer: ThreadAnswer): void {
    const answered = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#thread.unref();
    answered?.(answer.error === undefined ? null : failureOf(answer.error), answer);
  }

  #failAll(error: Error): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [id, answered] of waiting) answered(error, { id });
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
