import { mysqlStore } from '../../src/storage/typeorm/mysql/mysql-store.js';
import type { ServerStoreOptions } from '../../src/storage/typeorm/server/server-store.js';
import type { MysqlStorage } from '../../src/model/mysql-storage.js';
import { epochMs, type StoreHarness, type TestDatabase } from '../conformance/harness.js';
import { newDatabase } from '../servers/mysql.js';

/** A hub in a database of its own on the shared server. */
export interface MysqlTestDatabase extends TestDatabase {
  readonly storage: MysqlStorage & { readonly url: string };
  /** The name of the database. */
  readonly name: string;
}

export async function createMysqlDatabase(options: ServerStoreOptions = {}): Promise<MysqlTestDatabase> {
  const { url, name, drop } = await newDatabase();
  const clock = { nowMs: epochMs };
  const storage = { type: 'mysql', url } as const;
  return {
    clock,
    storage,
    name,
    store: () => mysqlStore(storage, { wallMs: () => clock.nowMs, ...options }),
    dispose: drop,
  };
}

export const mysqlDatabases: StoreHarness = {
  shared: true,
  presence: true,
  create: (partitionCount) => createMysqlDatabase({ partitionCount }),
};
