/**
 * Threads of connections of better-sqlite3. The start of a thread takes some 50 ms of CPU, so the thread of a closed connection waits for the
 * next one. A host closes a connection while it starts, and tests of an application start one host after the other.
 */
import { Worker } from 'node:worker_threads';
import { threadCode, type ThreadAnswer, type ThreadData, type ThreadRequest } from './better-sqlite3-thread.js';

/** How long a thread without a connection waits for one. */
const idleMs = 2_000;

export type Request = Omit<ThreadRequest, 'id'>;
export type Answered = (error: Error | null, answer: Omit<ThreadAnswer, 'id' | 'error'>) => void;

/** An error with the code and number that node-sqlite3 would give it. */
export class SqliteFailure extends Error {
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

/** Threads that have no connection, with the timers that end them. */
const idle = new Map<ConnectionThread, NodeJS.Timeout>();

/**
 * A thread for one connection: the last one whose connection has ended, or a new one.
 * @param module the path of the package
 */
export function takeThread(module: string): ConnectionThread {
  const thread = [...idle.keys()].at(-1) ?? new ConnectionThread(module);
  clearTimeout(idle.get(thread));
  idle.delete(thread);
  return thread;
}

/** A thread with at most one connection. It keeps the process alive only while it works. */
export class ConnectionThread {
  readonly #thread: Worker;
  readonly #waiting = new Map<number, Answered>();
  #lastId = 0;
  /** Ids of the last requests to open and to close a connection. The thread has none when the first fails or the second succeeds. */
  #opening = 0;
  #closing = 0;
  /** `undefined` while the thread runs. */
  #ended: SqliteFailure | undefined;

  constructor(module: string) {
    const data: ThreadData = { module };
    this.#thread = new Worker(threadCode, { eval: true, workerData: data, execArgv: [], stdin: false });
    this.#thread.on('message', (answer: ThreadAnswer) => this.#answer(answer));
    this.#thread.on('error', (error) => this.#end(error.message));
    this.#thread.on('exit', () => this.#end('it has left'));
  }

  ask(request: Request, answered: Answered): void {
    const id = ++this.#lastId;
    const ended = this.#ended;
    if (ended !== undefined) return queueMicrotask(() => answered(ended, {}));
    if (request.kind === 'open') this.#opening = id;
    if (request.kind === 'close') this.#closing = id;
    this.#waiting.set(id, answered);
    this.#thread.ref();
    this.#thread.postMessage({ ...request, id }, []);
  }

  /** Fails each request that has no answer yet. */
  failAll(error: Error): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const answered of waiting) answered(error, {});
  }

  #answer({ id, error, ...answer }: ThreadAnswer): void {
    const answered = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#thread.unref();
    const hasNoConnection = error === undefined ? id === this.#closing : id === this.#opening;
    if (hasNoConnection) idle.set(this, setTimeout(() => this.#dismiss(), idleMs).unref());
    // A connection that cannot be closed ends with its thread.
    if (error !== undefined && id === this.#closing) this.#dismiss();
    answered?.(error === undefined ? null : failureOf(error), answer);
  }

  #dismiss(): void {
    idle.delete(this);
    void this.#thread.terminate();
  }

  /** A thread that has ended never answers: requests in progress and later ones fail, as after a failure of the disk. */
  #end(why: string): void {
    this.#ended ??= new SqliteFailure(`the thread of the connection has ended: ${why}`, 'SQLITE_IOERR');
    clearTimeout(idle.get(this));
    idle.delete(this);
    this.failAll(this.#ended);
  }
}
