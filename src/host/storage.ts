import type { Logger } from '../ports/log.js';
import type { Store } from '../engines/sql/ports/store.js';

/** The store for a checked option `storage`. Storage code is loaded at its first use. */
export async function storeFor(storage: string, logger: Logger): Promise<Store> {
  if (storage === ':memory:') {
    const { MemoryDatabase, MemoryStore } = await import('../storage/memory/index.js');
    return new MemoryStore(new MemoryDatabase({ alone: true }));
  }
  const { sqliteStore } = await import('../storage/typeorm/index.js');
  return sqliteStore(storage, { logger });
}
