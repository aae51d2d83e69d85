import { assert } from 'chai';
import { randomBytes } from 'node:crypto';
import { StorageError } from '../../src/errors/index.js';
import { postgresStore } from '../../src/storage/typeorm/postgres/postgres-store.js';
import type { StorageRightsError } from '../../src/storage/typeorm/server/tables-of-server.js';
import { TestWorker, failure, ids, message, put } from '../conformance/harness.js';
import { ask, hasPostgres, newSchema } from '../servers/postgres.js';
import { Proxy } from '../servers/proxy.js';

if (hasPostgres())
  describe('the tables in PostgreSQL', () => {
    let url: string;
    let schema: string;
    let drop: () => Promise<void>;

    beforeEach(async () => {
      ({ url, schema, drop } = await newSchema());
    });
    afterEach(() => drop());

    const storage = () => ({ type: 'postgres', url, schema }) as const;
    const open = () => postgresStore(storage(), { partitionCount: 8 });

    it('are created once with their schema when five processes start together', async () => {
      await drop();
      const stores = Array.from({ length: 5 }, open);
      const hubs = await Promise.all(stores.map((store) => store.open()));
      for (const hub of hubs) assert.deepInclude(hub, { partitionCount: 8, shared: true, alone: false });
      await Promise.all(stores.map((store) => store.close()));
    });

    it('are created by the next start when a start dies at any of its statements, and a dead start leaves nothing', async () => {
      const proxy = await Proxy.before(url);
      const dying = postgresStore({ ...storage(), url: proxy.url }, { partitionCount: 8 });
      let statement = 0;
      let last = 1;
      for (; ; last++) {
        statement = 0;
        proxy.onRequest = (data, cut) => {
          if (!/CREATE|INSERT INTO/.test(data.toString('latin1')) || ++statement < last) return true;
          cut();
          return false;
        };
        const outcome = await dying.open().catch((error: unknown) => error);
        if (!(outcome instanceof Error)) break;
        assert.instanceOf(outcome, StorageError);
        const { rows } = await ask<{ count: string }>(
          url,
          `SELECT count(*) FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = '${schema}')`,
        );
        // All tables, or none of them. Only the row of the hub comes afterwards.
        if (rows[0]?.count !== '0') assert.isAbove(last, 20);
      }
      assert.isAbove(last, 20);
      await dying.close();
      await proxy.close();
      const store = open();
      await store.open();
      const worker = await TestWorker.start(store);
      assert.lengthOf(await worker.partitions(), 8);
      await store.close();
    });

    it('are not needed to be created by their user: an error has the SQL for somebody who may', async () => {
      const user = `user_${randomBytes(4).toString('hex')}`;
      await ask(url, `CREATE ROLE ${user} LOGIN PASSWORD 'secret'`);
      const limitedUrl = new URL(url);
      limitedUrl.username = user;
      limitedUrl.password = 'secret';
      const limited = postgresStore({ ...storage(), url: limitedUrl.href }, { partitionCount: 8 });
      try {
        const error = (await failure(limited.open())) as StorageRightsError;
        assert.equal(error.code, 'DE_STORAGE_RIGHTS');
        assert.notInclude(error.message, 'secret');
        await ask(url, error.sql);
        assert.equal((await limited.open()).partitionCount, 8);
        const worker = await TestWorker.start(limited);
        await worker.commit({ inbox: [message(1)], instances: [put('@a@a')] });
        assert.deepEqual(ids((await worker.poll(Date.now())).rows), [1]);
        const filter = { kind: 'entity', aliveAtMs: 1 } as const;
        assert.lengthOf(await limited.queryInstances(filter, { limit: 9, withState: true }), 1);
      } finally {
        await limited.close();
        await ask(url, `DROP OWNED BY ${user}; DROP ROLE ${user}`);
      }
    });

    it('whose function is gone are refused', async () => {
      const first = open();
      await first.open();
      await first.close();
      await ask(url, `ALTER FUNCTION "${schema}".de_commit_v1 RENAME TO gone`);
      const store = open();
      assert.include(((await failure(store.open())) as StorageError).hint, 'de_commit_v1');
      await store.close();
    });
  });

if (hasPostgres())
  describe('a connection to PostgreSQL', () => {
    it('uses TLS when it is asked to: a server without it is refused', async () => {
      const { url, drop } = await newSchema();
      const { rows } = await ask<{ ssl: string }>(url, 'SHOW ssl');
      const store = postgresStore({ type: 'postgres', url, ssl: { rejectUnauthorized: true } });
      const error = (await failure(store.open())) as StorageError;
      assert.match(error.message, rows[0]?.ssl === 'on' ? /certificate/i : /SSL/);
      await store.close();
      await drop();
    });

    it('has the given name, and the extra options of its driver', async () => {
      const { url, schema, drop } = await newSchema();
      const applicationName = `named ${schema}`;
      const store = postgresStore({
        type: 'postgres',
        url,
        schema,
        applicationName,
        extra: { options: '-c work_mem=5MB' },
      });
      await store.open();
      const { rows } = await ask(url, `SELECT 1 FROM pg_stat_activity WHERE application_name = '${applicationName}'`);
      assert.isNotEmpty(rows);
      await store.close();
      const after = await ask(
        url,
        `SELECT 1 FROM pg_stat_activity WHERE application_name = '${applicationName}' AND state = 'active'`,
      );
      assert.isEmpty(after.rows);
      await drop();
    });

    it('that cannot be made says where to, without the password', async () => {
      const store = postgresStore({
        type: 'postgres',
        url: 'postgres://me:secret@127.0.0.1:1/db',
        connectTimeoutMS: 500,
      });
      const error = (await failure(store.open())) as StorageError;
      assert.equal(error.code, 'DE_STORAGE_BUSY');
      assert.include(error.message, '127.0.0.1:1/db');
      assert.notInclude(`${error.message} ${error.hint}`, 'secret');
      await store.close();
    });

    it('to a database that does not exist fails for good', async () => {
      const { url, drop } = await newSchema();
      const wrong = new URL(url);
      wrong.pathname = '/does_not_exist';
      const store = postgresStore({ type: 'postgres', url: wrong.href });
      assert.deepInclude(await failure(store.open()), { code: 'DE_STORAGE' });
      await store.close();
      await drop();
    });
  });
