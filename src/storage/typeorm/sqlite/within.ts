import type { EntityManager } from 'typeorm';
import { InvalidArgumentError } from '../../../errors/index.js';
import type { InboxWrite } from '../../../engines/sql/ports/store.js';
import { resolveDatabaseFile } from './database-file.js';

/**
 * Writes inbox rows through the application's own connection. The database numbers them where that transaction stands; they are there
 * when it commits.
 * @param database The file of the task hub; `undefined`: it lives in memory
 * @throws InvalidArgumentError
 */
export async function writeWithin(
  manager: unknown,
  database: string | undefined,
  prefix: string,
  rows: readonly InboxWrite[],
): Promise<void> {
  const { connection, queryRunner } = (manager ?? {}) as Partial<EntityManager>;
  if (connection === undefined) throw refused('it is no EntityManager');
  if (queryRunner?.isTransactionActive !== true) throw refused('it is in no transaction');
  const { type, database: file } = connection.options;
  const isSqlite = type === 'sqlite' || type === 'better-sqlite3';
  if (!isSqlite || typeof file !== 'string' || database === undefined || (await nameOf(file)) !== database)
    throw refused('it is of another database');
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
    'Give the EntityManager that `dataSource.transaction(async (entityManager) => …)` gives, of a DataSource on the file of the host.',
  );
}
