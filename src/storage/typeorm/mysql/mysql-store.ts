import type { MysqlStorage } from '../../../model/mysql-storage.js';
import { serverStore, type ServerStoreOptions } from '../server/server-store.js';
import type { TypeOrmStore } from '../typeorm-store.js';
import { MysqlDialect } from './mysql-dialect.js';

/** A store in a MySQL or MariaDB database. */
export function mysqlStore(storage: MysqlStorage, options: ServerStoreOptions = {}): TypeOrmStore {
  return serverStore(options, (settings) => new MysqlDialect({ ...settings, storage }));
}
