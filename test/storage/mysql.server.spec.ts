import { makeNames } from '../../src/storage/typeorm/mysql/names.js';
import { mysqlStore } from '../../src/storage/typeorm/mysql/mysql-store.js';
import { storeConformance } from '../conformance/store.js';
import { ask, hasMysql, newDatabase } from '../servers/mysql.js';
import { mysqlDatabases } from './mysql-databases.js';
import { networkSuite, tablesSuite, type Place } from './server-suites.js';

async function place(): Promise<Place> {
  const { url, name, drop } = await newDatabase();
  return {
    url,
    store: (to, options) => mysqlStore({ type: 'mysql', url: to }, options),
    run: async (sql) => void (await ask(url, sql(makeNames(name, 'de_').qualified))),
    dispose: drop,
  };
}

if (hasMysql()) {
  storeConformance('MySQL or MariaDB', mysqlDatabases);
  networkSuite('MySQL or MariaDB', place);
  tablesSuite('MySQL or MariaDB', place);
}
