import { makeNames } from '../../src/storage/typeorm/postgres/names.js';
import { postgresStore } from '../../src/storage/typeorm/postgres/postgres-store.js';
import { storeConformance } from '../conformance/store.js';
import { ask, hasPostgres, newSchema } from '../servers/postgres.js';
import { postgresDatabases } from './postgres-databases.js';
import { networkSuite, tablesSuite, type Place } from './server-suites.js';

async function place(): Promise<Place> {
  const { url, schema, drop } = await newSchema();
  return {
    url,
    store: (to, options) => postgresStore({ type: 'postgres', url: to, schema }, options),
    run: async (sql) => void (await ask(url, sql(makeNames(schema, 'de_').qualified))),
    dispose: drop,
  };
}

if (hasPostgres()) {
  storeConformance('PostgreSQL', postgresDatabases);
  networkSuite('PostgreSQL', place);
  tablesSuite('PostgreSQL', place);
}
