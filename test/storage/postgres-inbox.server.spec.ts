import { assert } from 'chai';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { InvalidArgumentError } from '../../src/errors/index.js';
import type { Store } from '../../src/engines/sql/ports/store.js';
import { postgresStore } from '../../src/storage/typeorm/postgres/postgres-store.js';
import { TestWorker, epochMs, failure, ids, message } from '../conformance/harness.js';
import { ask, hasPostgres, newSchema } from '../servers/postgres.js';
import { Proxy } from '../servers/proxy.js';
import { workersSideBySide } from './parallel-workers.js';
import { createDatabase, type PostgresTestDatabase } from './postgres-databases.js';

const laterMs = epochMs + 1_000_000;

if (hasPostgres())
  describe('the inbox in PostgreSQL', () => {
    let database: PostgresTestDatabase;
    let store: Store;
    let worker: TestWorker;
    let other: pg.Client;
    const q = (name: string) => `"${database.storage.schema}".de_${name}`;

    beforeEach(async () => {
      database = await createDatabase({ partitionCount: 8 });
      store = database.store();
      await store.open();
      worker = await TestWorker.start(store);
      other = new pg.Client({ connectionString: database.storage.url });
      await other.connect();
    });
    afterEach(async () => {
      await other.end();
      await store.close();
      await database.dispose();
    });

    const waiting = async () => ids((await worker.poll(laterMs)).rows);

    /** A transaction that has a row with a number, and is not committed yet. */
    async function slowCommit(id: number): Promise<void> {
      await other.query('BEGIN');
      await other.query('SELECT pg_current_xact_id()');
      await other.query(`INSERT INTO ${q('inbox')} (id, partition, target, body) VALUES ($1, 0, '@counter@a', '{}')`, [
        id,
      ]);
    }

    it('shows the row of a slow commit, however often it was polled and others committed meanwhile', async () => {
      await worker.commit({ inbox: [message(1)] });
      await worker.commit({ consumed: [1] });
      await slowCommit(100);
      for (let round = 0; round < 4; round++) assert.deepEqual(await waiting(), []);
      for (let id = 2; id < 8; id++) {
        await worker.commit({ inbox: [message(id)] });
        assert.deepEqual(await waiting(), [id]);
        await worker.commit({ consumed: [id] });
        assert.deepEqual(await waiting(), []);
      }
      await other.query('COMMIT');
      assert.deepEqual(await waiting(), [100]);
      for (let round = 0; round < 4; round++) {
        await worker.commit();
        assert.deepEqual(await waiting(), [100]);
      }
    });

    it('is polled without passing over rows that are gone, also while an old snapshot keeps them', async () => {
      const proxy = await Proxy.before(database.storage.url as string);
      // The floors are the last list of numbers, one for each partition, among the values of a poll.
      let floors: number[] = [];
      proxy.onRequest = (data) => {
        const [list] =
          data
            .toString('latin1')
            .match(/\{\d+(,\d+){7}\}/g)
            ?.slice(1) ?? [];
        if (list !== undefined) floors = JSON.parse(`[${list.slice(1, -1)}]`) as number[];
        return true;
      };
      const polling = postgresStore({ ...database.storage, url: proxy.url }, { wallMs: () => epochMs });
      await polling.open();
      const own = await TestWorker.join(polling);
      const look = async () => ids((await polling.poll({ partitions: 'all', nowMs: laterMs, limit: 9 })).rows);
      await other.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await other.query(`SELECT count(*) FROM ${q('inbox')}`);
      const rows = Array.from({ length: 500 }, (_, n) => message(n + 1));
      await worker.commit({ inbox: rows });
      await worker.commit({ consumed: rows.slice(1).map(({ id }) => id) });
      for (let round = 0; round < 4; round++) {
        assert.deepEqual(await look(), [1]);
        await own.commit();
      }
      // The first row still waits.
      assert.deepEqual(new Set(floors), new Set([0]));
      await worker.commit({ consumed: [1] });
      for (let round = 0; round < 4; round++) {
        assert.deepEqual(await look(), []);
        await own.commit();
      }
      assert.deepEqual(new Set(floors), new Set([500]));
      await other.query('COMMIT');
      await polling.close();
      await proxy.close();
    });

    it('is read as a backlog of one snapshot: no page has a row that was committed after the first page', async () => {
      await slowCommit(100);
      await worker.commit({ inbox: [message(1), message(2), message(3)] });
      const seen: number[] = [];
      for await (const page of store.readBacklog({ gained: 'all', owned: 'all', limit: 1 })) {
        if (seen.length === 0) await other.query('COMMIT');
        seen.push(...ids(page));
        // Other reads go on meanwhile.
        await store.rowsInInbox([1]);
      }
      assert.deepEqual(seen, [1, 2, 3]);
      assert.deepEqual(await waiting(), [100, 1, 2, 3]);
    });

    it('is read as a backlog without a connection of its own, with any size of the pool, and again when that was lost', async () => {
      await worker.commit({ inbox: [message(1), message(2)] });
      const connections = async () => {
        const { rows } = await other.query<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE query LIKE '%${database.storage.schema}%' AND pid <> pg_backend_pid()`,
        );
        return rows.map(({ pid }) => pid);
      };
      for (const poolSize of [3, 4, 5]) {
        const sized = postgresStore({ ...database.storage, poolSize }, { wallMs: () => database.clock.nowMs });
        await sized.open();
        const backlog = async () => {
          const seen: number[] = [];
          for await (const page of sized.readBacklog({ gained: 'all', owned: 'all', limit: 1 })) {
            seen.push(...ids(page));
            assert.sameMembers([...(await sized.rowsInInbox([1, 2]))], [1, 2]);
          }
          return seen;
        };
        assert.deepEqual(await backlog(), [1, 2], `poolSize ${poolSize}`);
        const before = await connections();
        assert.deepEqual(await backlog(), [1, 2]);
        if (poolSize > 3) assert.sameMembers(await connections(), before);
        for (const pid of before) await other.query('SELECT pg_terminate_backend($1)', [pid]);
        assert.deepEqual(await backlog(), [1, 2]);
        // Its reader stops early: the connection serves others, and the next backlog.
        for await (const page of sized.readBacklog({ gained: 'all', owned: 'all', limit: 1 })) {
          assert.deepEqual(ids(page), [1]);
          break;
        }
        assert.deepEqual(await backlog(), [1, 2]);
        await sized.close();
      }
    });

    it('keeps the order of the sender whatever connection its commits use', async () => {
      for (let id = 1; id <= 10; id++) {
        await worker.commit({ inbox: [message(id)] });
        await other.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%commit_v1%' AND pid <> pg_backend_pid()
            AND query LIKE '%${database.storage.schema}%'`,
        );
        // The connection is lost between two commits, or its loss is noticed by the next one.
        await store.rowsInInbox([id]);
        await store.takeBlock().catch(() => {});
      }
      assert.deepEqual(await waiting(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    describe('of a transaction of the application', () => {
      let application: DataSource;
      let schema: { schema: string; drop: () => Promise<void> };
      beforeEach(async () => {
        schema = await newSchema();
        application = new DataSource({ type: 'postgres', url: database.storage.url as string, schema: schema.schema });
        await application.initialize();
        await application.query(`CREATE TABLE "${schema.schema}".account (id integer)`);
      });
      afterEach(async () => {
        await application.destroy();
        await schema.drop();
      });

      it('has its messages, in order, from its commit on, also from another schema', async () => {
        await application.transaction(async (manager) => {
          await manager.query(`INSERT INTO "${schema.schema}".account VALUES (1)`);
          await store.writeWithin(manager, [message(2), message(1, { dueMs: epochMs }), message(3)]);
          assert.deepEqual(await waiting(), []);
        });
        assert.deepEqual(await waiting(), [2, 3, 1]);
      });

      it('has none of them when it is rolled back', async () => {
        const error = await failure(
          application.transaction(async (manager) => {
            await store.writeWithin(manager, [message(1)]);
            throw new Error('the application fails');
          }),
        );
        assert.include(String(error), 'the application fails');
        assert.deepEqual(await waiting(), []);
      });

      it('is refused without an open transaction, and in another database', async () => {
        assert.instanceOf(await failure(store.writeWithin(application.manager, [message(1)])), InvalidArgumentError);
        assert.instanceOf(await failure(store.writeWithin({}, [message(1)])), InvalidArgumentError);
        const url = new URL(database.storage.url as string);
        const name = `other_${Date.now()}`;
        await ask(url.href, `CREATE DATABASE ${name}`);
        url.pathname = `/${name}`;
        const elsewhere = new DataSource({ type: 'postgres', url: url.href });
        await elsewhere.initialize();
        const error = await failure(elsewhere.transaction((manager) => store.writeWithin(manager, [message(1)])));
        assert.instanceOf(error, InvalidArgumentError);
        await elsewhere.destroy();
        await ask(database.storage.url as string, `DROP DATABASE ${name}`);
      });
    });

    it('has workers side by side that give, take and leave in parallel, and no partition has two living owners', async () => {
      await worker.commit({ leave: true });
      await workersSideBySide(database);
      const { rows } = await other.query<{ epoch: number }>(`SELECT epoch FROM ${q('partition')}`);
      assert.lengthOf(rows, 8);
    });
  });
