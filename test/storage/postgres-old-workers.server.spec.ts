import { assert } from 'chai';
import pg from 'pg';
import type { Store } from '../../src/engines/sql/ports/store.js';
import { makeNames } from '../../src/storage/typeorm/postgres/names.js';
import { OldWorkersError, refuseBesideOldWorkers } from '../../src/storage/typeorm/postgres/old-workers.js';
import { postgresStore } from '../../src/storage/typeorm/postgres/postgres-store.js';
import { schemaVersion } from '../../src/storage/typeorm/task-hub.js';
import { failure } from '../conformance/harness.js';
import { hasPostgres } from '../servers/postgres.js';
import { createDatabase, type PostgresTestDatabase } from './postgres-databases.js';

const member = { name: 'old one', leaseMs: 3_600_000, names: [] };

if (hasPostgres())
  describe('a migration after which older code cannot read the tables', () => {
    let database: PostgresTestDatabase;
    let store: Store;
    let client: pg.Client;

    beforeEach(async () => {
      database = await createDatabase({ partitionCount: 8 });
      store = postgresStore(database.storage);
      await store.open();
      client = new pg.Client({ connectionString: database.storage.url as string });
      await client.connect();
    });
    afterEach(async () => {
      await client.end();
      await store.close();
      await database.dispose();
    });

    const check = (minReader: number) =>
      refuseBesideOldWorkers(client, makeNames(database.storage.schema, 'de_'), {
        database: 'test',
        pending: [{}, { minReader }],
      });

    it('waits while a worker is alive, and names it', async () => {
      const { incarnation } = await store.join(member);
      const error = (await failure(check(schemaVersion + 1))) as OldWorkersError;
      assert.instanceOf(error, OldWorkersError);
      assert.equal(error.code, 'DE_STORAGE_OLD_WORKERS');
      assert.deepEqual(error.workers, ['old one']);
      assert.include(error.message, '"old one"');
      await store.retire(incarnation);
      await check(schemaVersion + 1);
    });

    it('ends a worker whose lease is over, so that it cannot commit any more', async () => {
      const { incarnation } = await store.join({ ...member, leaseMs: -1_000 });
      await check(schemaVersion + 1);
      assert.deepEqual(
        (await store.scanWorkers({ limit: 1 })).map(({ alive }) => alive),
        [false],
      );
      assert.deepEqual(await store.retire(incarnation), { seq: 0 });
    });

    it('runs beside clients, and one that older code can read runs beside workers', async () => {
      await store.join({ ...member, kind: 'client' });
      await check(schemaVersion + 1);
      await store.join(member);
      await check(schemaVersion);
    });
  });
