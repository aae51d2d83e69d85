import type { EntityManager } from 'typeorm';
import { InvalidArgumentError } from '../../../errors/index.js';
import { quoted } from '../../../errors/text.js';
import type { InboxWrite } from '../../../engines/sql/ports/store.js';
import { dataSourceOf } from '../open-transaction.js';
import { resolveDatabaseFile } from './database-file.js';
import { loadSqlite, type SqliteModule } from './sqlite-driver.js';

/**
 * Writes inbox rows through a connection of the application, in its open transaction. The rows become visible with the commit of that
 * transaction.
 * SQLite has one copy in a process: the locks of a file belong to the process, and the end of one copy would drop those of the other.
 * @param database the file of the task hub. `undefined` if it is a database in memory
 * @throws InvalidArgumentError
 */
export async function writeWithin(
  manager: unknown,
  database: string | undefined,
  prefix: string,
  rows: readonly InboxWrite[],
): Promise<void> {
  const { options, driver } = dataSourceOf(manager, refused);
  const { type, database: file } = options;
  if (typeof file !== 'string' || database === undefined || (await nameOf(file)) !== database)
    throw refused('it belongs to another database');
  if (type !== 'sqlite')
    throw refused(`its DataSource opens the file with ${quoted(type)}, and the host with "sqlite3"`, otherCopy);
  const { sqlite } = driver as { sqlite?: Partial<SqliteModule> };
  if (sqlite?.Database !== (await loadSqlite()).Database)
    throw refused('its DataSource opens the file with another copy of "sqlite3" than the host', otherCopy);
  for (const { id, partition, target, dueMs, body } of rows)
    await (manager as EntityManager).query(
      `INSERT INTO ${prefix}inbox (id, partition, target, arrival, due, body) VALUES (?, ?, ?, NULL, ?, ?)`,
      [id, partition, target, dueMs, body],
    );
}

async function nameOf(file: string): Promise<string | undefined> {
  return resolveDatabaseFile(file).catch(() => undefined);
}

const hint =
  'Use a DataSource on the SQLite file of the host, and give the EntityManager of `dataSource.transaction(async (entityManager) => …)`.';

const otherCopy =
  'Never open the file of a host with another copy of SQLite in the same process: when that copy closes the file, the operating system drops the locks of the host. Use a DataSource of the type "sqlite" (TypeORM 0.3) with one installed version of sqlite3 (npm ls sqlite3), or a database server, or tables in a file of their own.';

function refused(problem: string, advice: string = hint): InvalidArgumentError {
  return new InvalidArgumentError('entityManager', problem, advice);
}
