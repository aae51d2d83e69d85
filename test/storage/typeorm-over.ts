/** TypeORM over an open connection of sqlite3, for tests that compare our tables and migrations with those of TypeORM. */
import { DataSource } from 'typeorm';
import { migrations } from '../../src/storage/typeorm/sqlite/migrations/index.js';
import { loadSqlite } from '../../src/storage/typeorm/sqlite/sqlite-driver.js';
import { allRows } from './rows/index.js';

/** Opens a DataSource on a file that nothing else has open, runs the work with it, and closes it. */
export async function withTypeOrm(database: string, work: (dataSource: DataSource) => Promise<void>): Promise<void> {
  const sqlite = await loadSqlite();
  const dataSource = new DataSource({
    type: 'sqlite',
    // TypeORM calls `verbose`, which would slow down every later use of sqlite3 in the process.
    driver: { verbose: () => sqlite },
    database,
    entities: allRows,
    entityPrefix: 'de_',
    migrations,
    migrationsTableName: 'de_migrations',
    synchronize: false,
    logging: false,
  });
  await dataSource.initialize();
  try {
    await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}
