import type { EntityManager } from 'typeorm';
import { InvalidArgumentError } from '../../../errors/index.js';
import { quoted } from '../../../errors/text.js';
import type { InboxWrite } from '../../../engines/sql/ports/store.js';
import { dataSourceOf } from '../open-transaction.js';
import { resolveDatabaseFile } from './database-file.js';
import { loadSqlite, type SqliteDriver } from './sqlite-driver.js';
import type { SqliteModule } from './sqlite-module.js';

/** The file of the host. */
export interface OwnFile {
  /** `undefined` if it is a database in memory. */
  readonly database: string | undefined;
  readonly driver: SqliteDriver;
  readonly prefix: string;
}

/** The types of a DataSource, by the package that it uses. */
const types: Readonly<Record<SqliteDriver, string>> = { sqlite3: 'sqlite', 'better-sqlite3': 'better-sqlite3' };

/**
 * Writes inbox rows through a connection of the application, in its open transaction. The rows become visible with the commit of that
 * transaction.
 * SQLite has one copy in a process: the locks of a file belong to the process, and the end of one copy would drop those of the other.
 * @throws InvalidArgumentError
 */
export async function writeWithin(manager: unknown, own: OwnFile, rows: readonly InboxWrite[]): Promise<void> {
  const { options, driver } = dataSourceOf(manager, refused);
  const { database, prefix } = own;
  const { type, database: file } = options;
  if (typeof file !== 'string' || database === undefined || (await nameOf(file)) !== database)
    throw refused('it belongs to another database');
  if (type !== types[own.driver])
    throw refused(`its DataSource opens the file with ${quoted(type)}, and the host with "${own.driver}"`, otherCopy);
  if (!(await isSameCopy(own.driver, (driver as { sqlite?: unknown }).sqlite)))
    throw refused(`its DataSource opens the file with another copy of "${own.driver}" than the host`, otherCopy);
  for (const { id, partition, target, dueMs, body } of rows)
    await (manager as EntityManager).query(
      `INSERT INTO ${prefix}inbox (id, partition, target, arrival, due, body) VALUES (?, ?, ?, NULL, ?, ?)`,
      [id, partition, target, dueMs, body],
    );
}

/** @param sqlite the package that the driver of TypeORM has loaded */
async function isSameCopy(driver: SqliteDriver, sqlite: unknown): Promise<boolean> {
  if (driver === 'better-sqlite3') {
    const { betterSqlite3 } = await import('./better-sqlite3.js');
    return sqlite === betterSqlite3().package;
  }
  return (sqlite as Partial<SqliteModule> | undefined)?.Database === (await loadSqlite()).Database;
}

async function nameOf(file: string): Promise<string | undefined> {
  return resolveDatabaseFile(file).catch(() => undefined);
}

const hint =
  'Use a DataSource on the SQLite file of the host, and give the EntityManager of `dataSource.transaction(async (entityManager) => …)`.';

const otherCopy =
  'Never open the file of a host with another copy of SQLite in the same process: when that copy closes the file, the operating system drops the locks of the host. Give the host and the DataSource the same type, "sqlite" (TypeORM 0.3) or "better-sqlite3", with one installed version (npm ls sqlite3 better-sqlite3), or use a database server, or tables in a file of their own.';

function refused(problem: string, advice: string = hint): InvalidArgumentError {
  return new InvalidArgumentError('entityManager', problem, advice);
}
