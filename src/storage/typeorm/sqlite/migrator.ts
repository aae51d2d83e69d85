/*
 * The migrations of a SQLite file, run on the connection of the store. TypeORM is not loaded: TypeORM 1 has no driver for sqlite3, and TypeORM
 * 0.3 takes 200 ms to load. The register of past migrations is the table that TypeORM keeps, so files of earlier versions go on.
 */
import type { QueryRunner } from 'typeorm';
import type { SqlValue } from '../dialect.js';
import { migrations } from './migrations/index.js';
import type { SqliteHandle } from './sqlite-driver.js';
import { leaveTransaction } from './sqlite-session.js';

/** Creates or migrates the tables on an open connection, which stays open: runs all migrations that have not run, or none. */
export async function migrate(handle: SqliteHandle, prefix: string): Promise<void> {
  await handle.all('BEGIN IMMEDIATE');
  try {
    await runMissing(handle, prefix);
    await handle.all('COMMIT');
  } catch (error) {
    await leaveTransaction(handle);
    throw error;
  }
}

async function runMissing(handle: SqliteHandle, prefix: string): Promise<void> {
  const register = `"${prefix}migrations"`;
  await handle.all(
    `CREATE TABLE IF NOT EXISTS ${register} ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "timestamp" bigint NOT NULL, "name" varchar NOT NULL)`,
  );
  const rows = await handle.all<{ name: string }>(`SELECT name FROM ${register}`);
  const past = new Set(rows.map(({ name }) => name));
  // The part of a QueryRunner that the migrations use.
  const runner = {
    connection: { options: { entityPrefix: prefix } },
    query: (sql: string, values?: readonly SqlValue[]) => handle.all(sql, values),
  } as unknown as QueryRunner;
  for (const Migration of migrations) {
    const { name } = Migration;
    if (past.has(name)) continue;
    await new Migration().up(runner);
    await handle.all(`INSERT INTO ${register} ("timestamp", "name") VALUES (?, ?)`, [timestampOf(name), name]);
  }
}

/** The number at the end of the name of a migration: when it was written, in ms since 1970. */
function timestampOf(name: string): number {
  return Number(/\d+$/.exec(name)?.[0]);
}
