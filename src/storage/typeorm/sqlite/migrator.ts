/*
 * The only part of the SQLite store that needs TypeORM. It is imported only if tables must be created or migrated.
 */

import type { DataSource } from 'typeorm';
import { allRows } from '../rows/index.js';
import * as typeOrm from '../typeorm.js';
import { migrations } from './migrations/index.js';
import type { SqliteHandle } from './sqlite-driver.js';

/** Creates or migrates the tables on an open connection, which stays open. */
export async function migrate(handle: SqliteHandle, database: string, prefix: string): Promise<void> {
  const dataSource = await dataSourceOver(handle, database, prefix);
  await dataSource.runMigrations({ transaction: 'all' });
}

/**
 * A DataSource of TypeORM on an open connection. TypeORM opens no connection of its own; `database` is only a name. Never destroy the
 * DataSource: that would close the connection, which belongs to the caller.
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
