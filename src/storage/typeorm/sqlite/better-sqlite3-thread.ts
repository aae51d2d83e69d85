/**
 * The code of a thread that has one better-sqlite3 connection at a time. The calls of better-sqlite3 are synchronous: on the event loop a commit
 * would block it until the disk has the data. The code is a text, so that bundled programs need no second file.
 */

/** A request to the thread. `statement` is the number of a prepared statement. */
export interface ThreadRequest {
  readonly id: number;
  readonly kind: 'open' | 'all' | 'run' | 'exec' | 'prepare' | 'finalize' | 'timeout' | 'close';
  readonly sql?: string;
  readonly values?: readonly (string | number | null)[];
  readonly statement?: number;
  readonly ms?: number;
  readonly file?: string;
  readonly options?: { readonly readonly: boolean; readonly fileMustExist: boolean };
}

/** An answer of the thread. An error has the name of its code, as SQLite names it. */
export interface ThreadAnswer {
  readonly id: number;
  readonly rows?: unknown[];
  readonly changes?: number;
  readonly error?: { readonly message: string; readonly code?: string };
}

/** The value that the thread gets at its start. */
export interface ThreadData {
  /** The path of the package. */
  readonly module: string;
}

export const threadCode = `
const { parentPort, workerData } = require('node:worker_threads');
const Database = require(workerData.module);
const prepared = new Map();
let database;

// better-sqlite3 binds a number as REAL, and a placeholder with a number as a name.
const bound = (sql, values) => {
  const list = values.map((value) => (Number.isSafeInteger(value) ? BigInt(value) : value));
  return /\\?\\d/.test(sql) ? [Object.fromEntries(list.map((value, index) => [index + 1, value]))] : list;
};
const all = (statement, values) => {
  const list = bound(statement.source, values);
  if (statement.reader) return { rows: statement.all(...list) };
  statement.run(...list);
  return { rows: [] };
};
const run = (statement, values) => {
  const list = bound(statement.source, values);
  if (!statement.reader) return { changes: statement.run(...list).changes };
  statement.all(...list);
  return { changes: 0 };
};
const work = {
  open: ({ file, options }) => void (database = new Database(file, options)),
  all: ({ sql, statement, values }) => all(prepared.get(statement) ?? database.prepare(sql), values),
  run: ({ sql, statement, values }) => run(prepared.get(statement) ?? database.prepare(sql), values),
  exec: ({ sql }) => void database.exec(sql),
  prepare: ({ sql, statement }) => void prepared.set(statement, database.prepare(sql)),
  finalize: ({ statement }) => void prepared.delete(statement),
  timeout: ({ ms }) => void database.pragma('busy_timeout = ' + ms),
  close: () => {
    prepared.clear();
    database.close();
  },
};
parentPort.on('message', (request) => {
  const { id, kind } = request;
  try {
    parentPort.postMessage({ id, ...work[kind](request) });
  } catch (error) {
    parentPort.postMessage({ id, error: { message: String(error.message), code: error.code } });
  }
});
`;
