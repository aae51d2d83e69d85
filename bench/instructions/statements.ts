/**
 * Statements that the store on SQLite runs for batches: each SQL text and its values, as the driver receives them. So a change of the
 * statement or of the tables needs no change here.
 */
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import { sqliteStore } from '../../src/storage/typeorm/index.js';
import type { RawDatabase, RawStatement } from '../../src/storage/typeorm/sqlite/sqlite-module.js';
import { epochMs } from '../../src/testing/virtual-clock.js';
import { inTemporaryFolder } from '../temporary.js';
import type { Batches } from './batches.js';

type Value = number | string | null;

/** One call of the driver on the writing connection. A prepared statement has a number. */
export type Call =
  | { readonly op: 'exec'; readonly sql: string }
  | { readonly op: 'prepare'; readonly statement: number; readonly sql: string }
  | { readonly op: 'run'; readonly statement: number; readonly values: readonly Value[] }
  | { readonly op: 'finalize'; readonly statement: number }
  | { readonly op: 'measure' };

/** The calls that make the tables and commit the batches, on a new file. */
export function callsOf({ before, measured }: Batches): Promise<readonly Call[]> {
  return inTemporaryFolder(async (folder) => {
    const recorder = new DriverRecorder();
    const store = sqliteStore(join(folder, 'recorded.db'), { wallMs: () => epochMs });
    try {
      await store.open();
      const { incarnation } = await store.join({ name: 'bench', leaseMs: 15_000, names: [] });
      if (incarnation !== measured[0]?.incarnation) throw new Error('The batches belong to another worker.');
      await store.acquire(incarnation);
      for (const batch of before) await store.commit(batch);
      recorder.mark();
      for (const batch of measured) await store.commit(batch);
      return recorder.end();
    } finally {
      recorder.end();
      await store.close();
    }
  });
}

type DatabaseMethods = Pick<RawDatabase, 'exec' | 'prepare' | 'run' | 'all'>;

/** Listens to all calls of the driver in this process, from its construction on. */
class DriverRecorder {
  readonly #original: DatabaseMethods;
  readonly #calls = new Map<DatabaseMethods, Call[]>();
  #statements = 0;
  #marked: Call[] | undefined;

  constructor() {
    const methods = driverMethods();
    const { exec, prepare, run, all } = methods;
    this.#original = { exec, prepare, run, all };
    const add = (database: DatabaseMethods, call: Call) => void this.#callsOf(database).push(call);
    const next = () => ++this.#statements;
    const once = (database: DatabaseMethods, sql: string, values: readonly unknown[]) => {
      const statement = next();
      add(database, { op: 'prepare', statement, sql });
      add(database, { op: 'run', statement, values: values as Value[] });
      add(database, { op: 'finalize', statement });
    };
    methods.exec = function (sql, done) {
      add(this, { op: 'exec', sql });
      return exec.call(this, sql, done);
    };
    methods.run = function (sql, values, done) {
      once(this, sql, values);
      return run.call(this, sql, values, done);
    };
    methods.all = function (sql, values, done) {
      once(this, sql, values);
      return all.call(this, sql, values, done);
    };
    methods.prepare = function (sql, done) {
      const statement = next();
      add(this, { op: 'prepare', statement, sql });
      return listened(prepare.call(this, sql, done), (values) => add(this, { op: 'run', statement, values }));
    };
  }

  /** The calls from here on are measured. They belong to the connection that made the last call. */
  mark(): void {
    const [last] = [...this.#calls.values()].sort((a, b) => b.length - a.length);
    this.#marked = last;
    last?.push({ op: 'measure' });
  }

  /** Stops listening. Returns the calls of the measured connection. */
  end(): readonly Call[] {
    Object.assign(driverMethods(), this.#original);
    return this.#marked ?? [];
  }

  #callsOf(database: DatabaseMethods): Call[] {
    const calls = this.#calls.get(database) ?? [];
    this.#calls.set(database, calls);
    return calls;
  }
}

function driverMethods(): DatabaseMethods {
  return sqlite3.Database.prototype;
}

/** The statement, which tells the values of each run. */
function listened(statement: RawStatement, ran: (values: readonly Value[]) => void): RawStatement {
  const run = statement.run.bind(statement);
  const all = statement.all.bind(statement);
  statement.run = (values, done) => {
    ran(values);
    run(values, done);
  };
  statement.all = (values, done) => {
    ran(values);
    all(values, done);
  };
  return statement;
}

/** The script of `replay.c`: a letter for each kind of call. A number ends with a space, and a text begins with its length in bytes. */
export function scriptOf(calls: readonly Call[]): Buffer {
  return Buffer.concat(calls.flatMap(encodeCall));
}

function encodeCall(call: Call): Buffer[] {
  switch (call.op) {
    case 'exec':
      return [Buffer.from('X'), text(call.sql)];
    case 'prepare':
      return [Buffer.from(`P${call.statement} `), text(call.sql)];
    case 'run':
      return [Buffer.from(`R${call.statement} ${call.values.length} `), ...call.values.map(encodeValue)];
    case 'finalize':
      return [Buffer.from(`F${call.statement} `)];
    case 'measure':
      return [Buffer.from('M')];
  }
}

function encodeValue(value: Value): Buffer {
  if (value === null) return Buffer.from('n');
  if (typeof value === 'string') return Buffer.concat([Buffer.from('t'), text(value)]);
  return Buffer.from(Number.isInteger(value) ? `i${value} ` : `d${value} `);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
}
