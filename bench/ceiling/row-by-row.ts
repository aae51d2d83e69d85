/** Databases that store the rows of batches by one prepared statement a row, in a transaction for each batch. */
import { createRequire } from 'node:module';
import pg from 'pg';
import type { CommitBatch } from '../../src/engines/sql/ports/store.js';
import { firstWorker, inboxTables, rowsOf, statements, tables, type Row, type StatementName } from './rows.js';

/** Commits batches of the worker `firstWorker`. */
export interface RowByRow {
  commit(batch: CommitBatch): Promise<void>;
  close(): Promise<void>;
}

/** The used part of better-sqlite3. */
interface Database {
  pragma(text: string): unknown;
  exec(sql: string): void;
  prepare(sql: string): { run(...values: readonly unknown[]): { changes: number } };
  close(): void;
}

/**
 * A SQLite file with the settings of the library. The driver is better-sqlite3: its calls need no
 * thread, so a row costs the least. `undefined` if it cannot be loaded.
 */
export function rowByRowOnSqlite(file: string): RowByRow | undefined {
  const database = openSqlite(file);
  if (database === undefined) return undefined;
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'wal_autocheckpoint = 4000', 'cache_size = -16000'])
    database.pragma(pragma);
  const types = { text: 'text', integer: 'integer' };
  for (const sql of [...tables(types), ...inboxTables('integer PRIMARY KEY AUTOINCREMENT NOT NULL', types)])
    database.exec(sql);
  const prepared = Object.fromEntries(
    Object.entries(statements).map(([name, sql]) => [name, database.prepare(sql)]),
  ) as Record<StatementName, ReturnType<Database['prepare']>>;
  const [begin, commit] = [database.prepare('BEGIN IMMEDIATE'), database.prepare('COMMIT')];
  return {
    commit: async (batch) => {
      begin.run();
      for (const row of rowsOf(shifted(batch), Date.now())) checkChanged(row, prepared[row[0]].run(...row[1]).changes);
      commit.run();
    },
    close: async () => database.close(),
  };
}

/** `undefined` if the native part of the driver was built for another version of Node. */
function openSqlite(file: string): Database | undefined {
  const Sqlite = createRequire(import.meta.url)('better-sqlite3') as new (file: string) => Database;
  try {
    return new Sqlite(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_DLOPEN_FAILED') return undefined;
    throw error;
  }
}

/** A schema of its own on a PostgreSQL server, over one connection. */
export async function rowByRowOnPostgres(url: string, schema: string): Promise<RowByRow> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE SCHEMA ${schema}`);
  await client.query(`SET search_path = ${schema}`);
  const types = { text: 'text COLLATE "C"', integer: 'bigint' };
  const all = [...tables(types), ...inboxTables('bigint GENERATED ALWAYS AS IDENTITY', types)];
  for (const sql of all) await client.query(sql);
  const texts = Object.fromEntries(
    Object.entries(statements).map(([name, sql]) => {
      let values = 0;
      return [name, sql.replaceAll('?', () => `$${++values}`)];
    }),
  ) as Record<StatementName, string>;
  return {
    commit: async (batch) => {
      await client.query('BEGIN');
      for (const row of rowsOf(shifted(batch), Date.now())) {
        const [name, values] = row;
        const { rowCount } = await client.query({ name, text: texts[name], values: [...values] });
        checkChanged(row, rowCount ?? 0);
      }
      await client.query('COMMIT');
    },
    close: () => client.end(),
  };
}

/** The batch as one of the worker that the tables begin with. */
function shifted(batch: CommitBatch): CommitBatch {
  return { ...batch, incarnation: firstWorker.incarnation };
}

/** Every statement changes one row, but for those that delete what may be missing. */
function checkChanged([name]: Row, changes: number): void {
  if (name !== 'forget' && changes !== 1) throw new Error(`The statement ${name} changed ${changes} rows.`);
}
