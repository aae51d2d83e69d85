/** Examination and migration of a storage, for the command line. */
import { StorageError } from '../errors/index.js';
import type { Logger } from '../ports/log.js';
import type { Examination } from '../storage/typeorm/examination.js';
import { checkStorage } from './storage-options.js';
import { storeFor } from './storage.js';

export type { Examination };

/** Whether a file is a SQLite database with our tables. */
export async function hasTaskHub(file: string): Promise<boolean> {
  const { hasSqliteTaskHub } = await import('../storage/typeorm/sqlite/examine.js');
  return hasSqliteTaskHub(file);
}

/** Facts on a storage, read without changing it. @throws InvalidArgumentError, StorageError */
export async function examineStorage(given: unknown, onRows: (looked: number) => void): Promise<Examination> {
  const storage = checkStorage(given);
  if (storage === ':memory:') throw new StorageError("':memory:' cannot be examined from outside.", 'Give a file.');
  if (typeof storage === 'string') {
    const { examineSqlite } = await import('../storage/typeorm/sqlite/examine.js');
    return examineSqlite(storage, onRows);
  }
  if (storage.type === 'better-sqlite3') {
    const { examineSqlite } = await import('../storage/typeorm/sqlite/examine.js');
    return examineSqlite(storage.database, onRows);
  }
  if (storage.type !== 'postgres') {
    const { examineMysql } = await import('../storage/typeorm/mysql/examine.js');
    return examineMysql(storage, onRows);
  }
  const { examinePostgres } = await import('../storage/typeorm/postgres/examine.js');
  return examinePostgres(storage, onRows);
}

/** Creates or migrates the tables, as a host does when it starts. @throws StorageError */
export async function migrateStorage(given: unknown, logger: Logger): Promise<void> {
  const store = await storeFor(checkStorage(given), logger);
  try {
    await store.open();
  } finally {
    await store.close();
  }
}
