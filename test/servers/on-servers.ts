/** Tests for each installed database server, each on a place of its own without tables. */
import type { MysqlStorage } from '../../src/model/mysql-storage.js';
import type { PostgresStorage } from '../../src/model/postgres-storage.js';
import { hasMysql, newDatabase } from './mysql.js';
import { hasPostgres, newSchema } from './postgres.js';

/** The option `storage` of a host on a server. */
export type ServerStorage =
  (PostgresStorage & { readonly url: string; readonly schema: string }) | (MysqlStorage & { readonly url: string });

/** Declares a test for each installed server. @param title makes the title from the name of the server */
export function onServers(title: (server: string) => string, test: (storage: ServerStorage) => Promise<void>): void {
  if (hasPostgres())
    it(title('PostgreSQL'), async () => {
      const { url, schema, drop } = await newSchema();
      await endWith(drop, test({ type: 'postgres', url, schema }));
    });
  if (hasMysql())
    it(title('MySQL'), async () => {
      const { url, drop } = await newDatabase();
      await endWith(drop, test({ type: 'mysql', url }));
    });
}

async function endWith(drop: () => Promise<void>, test: Promise<void>): Promise<void> {
  try {
    await test;
  } finally {
    await drop();
  }
}
