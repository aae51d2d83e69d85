/** The database of one acceptance test on a server. */
import type { DurableHostOptions } from '../../src/index.js';
import type { Store } from '../../src/engines/sql/ports/store.js';
import { mysqlStore } from '../../src/storage/typeorm/mysql/mysql-store.js';
import { postgresStore } from '../../src/storage/typeorm/postgres/postgres-store.js';
import { hasMysql } from '../servers/mysql.js';
import { hasPostgres } from '../servers/postgres.js';
import { createMysqlDatabase } from '../storage/mysql-databases.js';
import { createDatabase } from '../storage/postgres-databases.js';

export type ServerKind = 'postgres' | 'mysql';

export function isServer(storage: string): storage is ServerKind {
  return storage === 'postgres' || storage === 'mysql';
}

/** The kinds of servers that are installed. */
export function installedServers(): readonly ServerKind[] {
  return [...(hasPostgres() ? ['postgres' as const] : []), ...(hasMysql() ? ['mysql' as const] : [])];
}

export interface ServerDatabase {
  readonly storage: DurableHostOptions['storage'];
  /** Makes a store whose clock shows these ms since 1970. */
  store(wallMs: () => number): Store;
  dispose(): Promise<void>;
}

export async function createServerDatabase(kind: ServerKind): Promise<ServerDatabase> {
  const dispose = (database: { dispose(): Promise<void> }) => () => database.dispose();
  if (kind === 'postgres') {
    const database = await createDatabase();
    const { storage } = database;
    return { storage, store: (wallMs) => postgresStore(storage, { wallMs }), dispose: dispose(database) };
  }
  const database = await createMysqlDatabase();
  const { storage } = database;
  return { storage, store: (wallMs) => mysqlStore(storage, { wallMs }), dispose: dispose(database) };
}
