import { assert } from 'chai';
import type mysql from 'mysql2/promise';
import { DataSource } from 'typeorm';
import { InvalidArgumentError } from '../../src/errors/index.js';
import type { Store } from '../../src/engines/sql/ports/store.js';
import { mysqlStore } from '../../src/storage/typeorm/mysql/mysql-store.js';
import { TestWorker, epochMs, failure, ids, message } from '../conformance/harness.js';
import { connectTo, hasMysql, hasMysqlPrograms, newDatabase, query, startMysql } from '../servers/mysql.js';
import { createMysqlDatabase, type MysqlTestDatabase } from './mysql-databases.js';
import { workersSideBySide } from './parallel-workers.js';

const laterMs = epochMs + 1_000_000;

if (hasMysql())
  describe('the inbox in MySQL or MariaDB', () => {
    let database: MysqlTestDatabase;
    let store: Store;
    let worker: TestWorker;
    let other: mysql.Connection;
    const q = (name: string) => `\`${database.name}\`.de_${name}`;

    beforeEach(async () => {
      database = await createMysqlDatabase({ partitionCount: 8 });
      store = database.store();
      await store.open();
      worker = await TestWorker.start(store);
      other = await connectTo(database.storage.url);
    });
    afterEach(async () => {
      other.destroy();
      await store.close();
      await database.dispose();
    });

    const waiting = async () => ids((await worker.poll(laterMs)).rows);

    /** A transaction that has a row with a number, and is not committed yet. */
    async function slowCommit(id: number): Promise<void> {
      await query(other, 'START TRANSACTION');
      await query(
        other,
        `INSERT INTO ${q('inbox')} (id, \`partition\`, target, body) VALUES (${id}, 0, '@counter@a', '{}')`,
      );
    }

    it('shows the row of a slow commit, however often it was polled and others committed meanwhile', async () => {
      await worker.commit({ inbox: [message(1)] });
      await worker.commit({ consumed: [1] });
      await slowCommit(100);
      for (let id = 2; id < 8; id++) {
        await worker.commit({ inbox: [message(id)] });
        assert.deepEqual(await waiting(), [id]);
        await worker.commit({ consumed: [id] });
        assert.deepEqual(await waiting(), []);
      }
      await query(other, 'COMMIT AND NO CHAIN');
      assert.deepEqual(await waiting(), [100]);
    });

    it('is read as a backlog of one snapshot: no page has a row that was committed after the first page', async () => {
      await slowCommit(100);
      await worker.commit({ inbox: [message(1), message(2), message(3)] });
      const seen: number[] = [];
      for await (const page of store.readBacklog({ gained: 'all', owned: 'all', limit: 1 })) {
        if (seen.length === 0) await query(other, 'COMMIT AND NO CHAIN');
        seen.push(...ids(page));
        // Other reads go on meanwhile.
        await store.rowsInInbox([1]);
      }
      assert.deepEqual(seen, [1, 2, 3]);
      assert.deepEqual(await waiting(), [100, 1, 2, 3]);
    });

    it('gives the numbers of a batch in the order of its messages, also of a large one', async () => {
      const sent = Array.from({ length: 5_000 }, (_, n) => message(((n * 7919) % 5_000) - 2_500, { partition: n % 8 }));
      await worker.commit({ inbox: sent });
      assert.deepEqual(ids((await worker.poll(laterMs, 10_000)).rows), ids(sent));
    });

    for (const [what, partitionOf] of Object.entries({
      'that is spread over all partitions': (n: number) => n % 8,
      'of one partition': () => 5,
      'that is spread unevenly': (n: number) => (n % 50 === 0 ? n % 3 : 7),
    }))
      it(`is polled page by page in the order of sending: a backlog ${what}`, async () => {
        const sent = Array.from({ length: 700 }, (_, n) => message(n + 1, { partition: partitionOf(n) }));
        await worker.commit({ inbox: sent });
        const seen: number[] = [];
        for (;;) {
          const page = ids((await worker.poll(laterMs, 64)).rows);
          seen.push(...page);
          await worker.commit({ consumed: page });
          if (page.length < 64) break;
        }
        assert.deepEqual(seen, ids(sent));
      });

    it('keeps the order of the sender whatever connection its commits use', async () => {
      for (let id = 1; id <= 10; id++) {
        await worker.commit({ inbox: [message(id)] });
        const found = await query<{ id: number }>(
          other,
          `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = '${database.name}' AND ID <> CONNECTION_ID()`,
        );
        for (const each of found) await query(other, `KILL ${each.id}`).catch(() => {});
        // The connections are lost between two commits, or their loss is noticed by the next one.
        await store.rowsInInbox([id]);
        await store.takeBlock().catch(() => {});
      }
      assert.deepEqual(await waiting(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });

    it('leaves out damaged rows, which the start reports', async () => {
      await worker.commit({ inbox: [message(1)] });
      await query(
        other,
        `SET check_constraint_checks = 0; INSERT INTO ${q('inbox')} (id, \`partition\`, target, arrival, body)
          VALUES (9007199254740993, 0, 't', NULL, '{}'), (7, 3, 't', -9007199254740993, '{}'), (8, 3, 't', 5, '{}')`,
      );
      assert.deepEqual(await waiting(), [1]);
      const backlog = await worker.backlog();
      assert.deepEqual(ids(backlog), [8, 1]);
      assert.deepEqual(ids(await store.readWaiting('t', { after: -1, limit: 9 })), [8]);
      const errors: object[] = [];
      const logger = { debug() {}, info() {}, warn() {}, error: (fields: object) => errors.push(fields) };
      const next = mysqlStore(database.storage, { logger });
      await next.open();
      assert.deepEqual(errors, [{ rows: 2, example: '7' }]);
      await next.close();
    });

    it('has workers side by side that give, take and leave in parallel, and no partition has two living owners', async () => {
      await worker.commit({ leave: true });
      await workersSideBySide(database);
      const rows = await query(other, `SELECT epoch FROM ${q('partition')}`);
      assert.lengthOf(rows, 8);
    });

    describe('of a transaction of the application', () => {
      let application: DataSource;
      let elsewhere: { url: string; name: string; drop: () => Promise<void> };
      beforeEach(async () => {
        elsewhere = await newDatabase();
        // Another database, and a character set that cannot hold every character.
        const { hostname: host, port, username } = new URL(elsewhere.url);
        application = new DataSource({
          type: 'mysql',
          host,
          port: Number(port),
          username,
          database: elsewhere.name,
          charset: 'latin1',
          connectorPackage: 'mysql2',
        });
        await application.initialize();
        await application.query('CREATE TABLE account (id integer) ENGINE = InnoDB');
      });
      afterEach(async () => {
        await application.destroy();
        await elsewhere.drop();
      });

      it('has its messages, in order, from its commit on, also from another database', async () => {
        const body = JSON.stringify("ä😀\\u0041 '; -- \u0007");
        await application.transaction(async (manager) => {
          await manager.query('INSERT INTO account VALUES (1)');
          await store.writeWithin(manager, [
            message(2, { body, target: '@ä@😀' }),
            message(1, { dueMs: epochMs }),
            message(3),
          ]);
          assert.deepEqual(await waiting(), []);
        });
        assert.deepEqual(await waiting(), [2, 3, 1]);
        const [first] = (await worker.poll(laterMs)).rows;
        assert.deepInclude(first, { body, target: '@ä@😀' });
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

      it('is refused without an open transaction', async () => {
        assert.instanceOf(await failure(store.writeWithin(application.manager, [message(1)])), InvalidArgumentError);
        assert.instanceOf(await failure(store.writeWithin({}, [message(1)])), InvalidArgumentError);
      });

      if (hasMysqlPrograms())
        it('is refused on another server', async () => {
          const server = await startMysql();
          const foreign = new DataSource({ type: 'mysql', url: `${server.url}mysql`, connectorPackage: 'mysql2' });
          try {
            await foreign.initialize();
            const error = await failure(foreign.transaction((manager) => store.writeWithin(manager, [message(1)])));
            assert.instanceOf(error, InvalidArgumentError);
          } finally {
            await foreign.destroy();
            await server.stop();
          }
        });
    });
  });
