import type { DataSourceOptions } from 'typeorm';
import { StorageError } from '../errors/index.js';
import { shown } from '../errors/text.js';
import type { Logger } from '../ports/log.js';
import type { Store } from '../engines/sql/ports/store.js';

/** The store that an option names. Storage code is loaded when it is needed. */
export async function storeFor(storage: string | DataSourceOptions, logger: Logger): Promise<Store> {
  if (storage === ':memory:') {
    const { MemoryDatabase, MemoryStore } = await import('../storage/memory/index.js');
    return new MemoryStore(new MemoryDatabase({ alone: true }));
  }
  if (typeof storage === 'string') return sqliteStoreAt(storage, logger);
  if (storage.type === 'sqlite' && storage.database !== ':memory:') return sqliteStoreAt(storage.database, logger);
  throw new StorageError(
    `Storage of type ${shown(storage.type)} is not supported yet.`,
    "Give the path of a SQLite file, ':memory:', or DataSourceOptions of type 'sqlite' with a file.",
  );
}

async function sqliteStoreAt(path: string, logger: Logger): Promise<Store> {
  const { sqliteStore } = await import('../storage/typeorm/index.js');
  return sqliteStore(path, { logger });
}
