import type { EntityManager } from 'typeorm';
import { InvalidArgumentError } from '../../../errors/index.js';
import type { InboxWrite } from '../../../engines/sql/ports/store.js';
import { resolveDatabaseFile } from './database-file.js';

/**
 * Writes inbox rows through a connection of the application, in its open transaction. The rows become visible with the commit of that
 * transaction.
 * @param database the file of the task hub. `undefined` if it is a database in memory
 * @throws InvalidArgumentError
 */
export async function writeWithin(
  manager: unknown,
  database: string | undefined,
  prefix: string,
  rows: readonly InboxWrite[],
): Promise<void> {
  const { connection, queryRunner } = (manager ?? {}) as Partial<EntityManager>;
  if (connection === undefined) throw refused('it is not an EntityManager');
  if (queryRunner?.isTransactionActive !== true) throw refused('it has no open transaction');
  const { type, database: file } = connection.options;
  const isSqlite = type === 'sqlite' || type === 'better-sqlite3';
  if (!isSqlite || typeof file !== 'string' || database === undefined || (await nameOf(file)) !== database)
    throw refused('it belongs to another database');
  for (const { id, partition, target, dueMs, body } of rows)
    await (manager as EntityManager).query(
      `INSERT INTO ${prefix}inbox (id, partition, target, arrival, due, body) VALUES (?, ?, ?, NULL, ?, ?)`,
      [id, partition, target, dueMs, body],
    );
}

async function nameOf(file: string): Promise<string | undefined> {
  return resolveDatabaseFile(file).catch(() => undefined);
}

function refused(problem: string): InvalidArgumentError {
  return new InvalidArgumentError(
    'entityManager',
    problem,
    'Use a DataSource on the SQLite file of the host, and give the EntityManager of `dataSource.transaction(async (entityManager) => …)`.',
  );
}
