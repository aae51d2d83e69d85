/** Connections without a store, for work on the tables themselves: export and import. */
import type { MysqlStorage } from '../../model/mysql-storage.js';
import type { BetterSqlite3Storage } from '../../model/sqlite-storage.js';
import type { PostgresStorage } from '../../model/postgres-storage.js';
import type { Logger } from '../../ports/log.js';
import type { Connection } from './dialect.js';
import { defaultTablePrefix } from './table-prefix.js';

/** How long a statement waits for a lock of another connection. */
const busyTimeoutMs = 10_000;

/** Opens a SQLite file, or a database of PostgreSQL, MySQL or MariaDB. @throws StorageError */
export async function connectTo(
  storage: string | BetterSqlite3Storage | PostgresStorage | MysqlStorage,
  logger: Logger,
): Promise<Connection> {
  const tablePrefix = defaultTablePrefix;
  if (typeof storage === 'string' || storage.type === 'better-sqlite3') {
    const { SqliteDialect } = await import('./sqlite/sqlite-dialect.js');
    const [database, driver] = typeof storage === 'string' ? [storage] : [storage.database, storage.type];
    return new SqliteDialect({ database, driver, tablePrefix, busyTimeoutMs, wallMs: Date.now, logger }).connect();
  }
  if (storage.type !== 'postgres') {
    const { MysqlDialect } = await import('./mysql/mysql-dialect.js');
    return new MysqlDialect({ storage, tablePrefix, logger }).connect();
  }
  const { PostgresDialect } = await import('./postgres/postgres-dialect.js');
  return new PostgresDialect({ storage, tablePrefix, logger }).connect();
}
