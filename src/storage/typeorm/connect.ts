/** Connections without a store, for work on the tables themselves: export and import. */
import type { PostgresStorage } from '../../model/postgres-storage.js';
import type { Logger } from '../../ports/log.js';
import type { Connection } from './dialect.js';
import { defaultTablePrefix } from './table-prefix.js';

/** How long a statement waits for a lock of another connection. */
const busyTimeoutMs = 10_000;

/** Opens a SQLite file or a PostgreSQL database. @throws StorageError */
export async function connectTo(storage: string | PostgresStorage, logger: Logger): Promise<Connection> {
  if (typeof storage === 'string') {
    const { SqliteDialect } = await import('./sqlite/sqlite-dialect.js');
    const tablePrefix = defaultTablePrefix;
    return new SqliteDialect({ database: storage, tablePrefix, busyTimeoutMs, wallMs: Date.now, logger }).connect();
  }
  const { PostgresDialect } = await import('./postgres/postgres-dialect.js');
  return new PostgresDialect({ storage, tablePrefix: defaultTablePrefix, logger }).connect();
}
