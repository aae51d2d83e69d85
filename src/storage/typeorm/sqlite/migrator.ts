/*
 * The part of SQLite that needs TypeORM, and the only one: imported when there are tables to be made or migrated.
 */

import type { DataSource } from 'typeorm';
import { allRows } from '../rows/index.js';
import * as typeOrm from '../typeorm.js';
import { migrations } from './migrations/index.js';
import type { SqliteHandle } from './sqlite-driver.js';

/** Makes or migrates the tables, on a connection that goes on afterwards. */
export async function migrate(handle: SqliteHandle, database: string, prefix: string): Promise<void> {
  const dataSource = await dataSourceOver(handle, database, prefix);
  await dataSource.runMigrations({ transaction: 'all' });
}

/**
 * TypeORM over a connection that is open; it opens none, and `database` only names it. Never to be destroyed: that would close the
 * connection, which belongs to who opened it.
 */
export async function dataSourceOver(handle: SqliteHandle, database: string, prefix: string): Promise<DataSource> {
  const dataSource = new typeOrm.DataSource({
    type: 'sqlite',
    driver: handle.asDriver(),
    database,
    entities: allRows,
    entityPrefix: prefix,
    migrations,
    migrationsTableName: `${prefix}migrations`,
    synchronize: false,
    logging: false,
  });
  return dataSource.initialize();
}
