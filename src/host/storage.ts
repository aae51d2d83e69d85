import type { Logger } from '../ports/log.js';
import type { Store } from '../engines/sql/ports/store.js';
import type { CheckedStorage } from './storage-options.js';

/** The store for a checked option `storage`. Storage code is loaded at its first use. */
export async function storeFor(storage: CheckedStorage, logger: Logger): Promise<Store> {
  if (storage === ':memory:') {
    const { MemoryDatabase, MemoryStore } = await import('../storage/memory/index.js');
    return new MemoryStore(new MemoryDatabase({ alone: true }));
  }
  if (typeof storage === 'string') {
    const { sqliteStore } = await import('../storage/typeorm/index.js');
    return sqliteStore(storage, { logger });
  }
  if (storage.type === 'better-sqlite3') {
    const { sqliteStore } = await import('../storage/typeorm/index.js');
    return sqliteStore(storage.database, { logger, driver: storage.type });
  }
  if (storage.type !== 'postgres') {
    const { mysqlStore } = await import('../storage/typeorm/mysql/mysql-store.js');
    return mysqlStore(storage, { logger });
  }
  const { postgresStore } = await import('../storage/typeorm/postgres/postgres-store.js');
  return postgresStore(storage, { logger });
}
