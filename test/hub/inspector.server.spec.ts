/** The inspectors of the SQL engine on database servers pass the suite of inspectors, over the worker and over the rows. */
import { storeFor } from '../../src/host/storage.js';
import { hasMysql } from '../servers/mysql.js';
import { hasPostgres } from '../servers/postgres.js';
import { createMysqlDatabase } from '../storage/mysql-databases.js';
import { createDatabase } from '../storage/postgres-databases.js';
import { inspectorConformance } from './inspector-conformance.js';
import { inspectorOnStores, silent } from './inspector-on-stores.js';

for (const isWorker of [true, false]) {
  const where = isWorker ? 'in the worker’s process' : 'in another process';

  const onServer = (create: typeof createDatabase | typeof createMysqlDatabase) => async () => {
    const database = await create();
    return inspectorOnStores(
      isWorker,
      () => storeFor(database.storage, silent),
      () => database.dispose(),
    );
  };
  if (hasPostgres()) inspectorConformance(`${where}, on a PostgreSQL database`, onServer(createDatabase));
  if (hasMysql()) inspectorConformance(`${where}, on a MySQL or MariaDB database`, onServer(createMysqlDatabase));
}
