import { assert } from 'chai';
import type mysql from 'mysql2/promise';
import { UnknownOutcomeError, type DurableError } from '../../src/errors/index.js';
import { StoreBusyError, StoreRefusedError } from '../../src/engines/sql/ports/store-errors.js';
import type { Store } from '../../src/engines/sql/ports/store.js';
import { mysqlStore } from '../../src/storage/typeorm/mysql/mysql-store.js';
import { TestWorker, failure, ids, message, put } from '../conformance/harness.js';
import { connectTo, hasMysql, hasMysqlPrograms, query, startMysql } from '../servers/mysql.js';
import type { Server } from '../servers/own-server.js';
import { Proxy } from '../servers/proxy.js';
import { createMysqlDatabase, type MysqlTestDatabase } from './mysql-databases.js';

if (hasMysql())
  describe('a commit on MySQL or MariaDB', () => {
    let database: MysqlTestDatabase;
    let proxy: Proxy;
    let store: Store;
    let worker: TestWorker;
    /** A connection beside the store. */
    let other: mysql.Connection;
    const q = (name: string) => `\`${database.name}\`.de_${name}`;

    beforeEach(async () => {
      database = await createMysqlDatabase({ partitionCount: 8 });
      proxy = await Proxy.before(database.storage.url);
      store = mysqlStore({ ...database.storage, url: proxy.url }, { partitionCount: 8 });
      await store.open();
      worker = await TestWorker.start(store);
      other = await connectTo(database.storage.url);
    });
    afterEach(async () => {
      await store.close();
      await proxy.close();
      other.destroy();
      await database.dispose();
    });

    /** Waits until a call of a store waits for a lock. Resolves with its connection. */
    async function blocked(): Promise<number> {
      for (;;) {
        // The tables of transactions and locks are not read anew while somebody asks often.
        const [waits] = await query<{ Value: string }>(
          other,
          "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'",
        );
        if (Number(waits?.Value) === 0) continue;
        const [found] = await query<{ id: number }>(
          other,
          `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE DB = '${database.name}' AND COMMAND = 'Execute'`,
        );
        return found!.id;
      }
    }

    /** Holds the row of the worker in an open transaction, so that a commit waits for it. */
    async function holdWorker(): Promise<void> {
      await query(other, 'START TRANSACTION');
      await query(other, `SELECT 1 FROM ${q('worker')} WHERE incarnation = ${worker.incarnation} FOR UPDATE`);
    }

    it('that waits for a takeover hears that its lease is lost, and writes no row', async () => {
      await query(other, 'START TRANSACTION');
      await query(other, `UPDATE ${q('worker')} SET alive = -1 WHERE incarnation = ${worker.incarnation}`);
      const commit = failure(worker.commit({ inbox: [message(1)] }));
      await blocked();
      await query(other, 'COMMIT AND NO CHAIN');
      assert.equal(((await commit) as DurableError).code, 'DE_LEASE_LOST');
      assert.deepEqual(await store.rowsInInbox([1]), []);
    });

    it('that is in progress is applied, and a takeover meanwhile waits for nobody and changes nothing', async () => {
      const second = mysqlStore(database.storage);
      await second.open();
      await query(other, 'START TRANSACTION');
      await query(other, `SELECT 1 FROM ${q('partition')} WHERE number = 3 FOR UPDATE`);
      const commit = worker.commit({ inbox: [message(1)], healthy: [3] });
      await blocked();
      assert.isFalse(await second.takeOver(worker.incarnation, 0));
      await query(other, 'COMMIT AND NO CHAIN');
      await commit;
      assert.isFalse(await second.takeOver(worker.incarnation, 0));
      await worker.commit({ inbox: [message(2)] });
      assert.deepEqual(ids((await worker.poll(Date.now())).rows), [1, 2]);
      assert.isTrue(await second.takeOver(worker.incarnation, 2));
      await second.close();
    });

    it('of a member that joins delays a takeover, which the next attempt makes', async () => {
      await query(other, 'START TRANSACTION');
      await query(other, `SELECT 1 FROM ${q('task_hub')} FOR UPDATE`);
      assert.isFalse(await store.takeOver(worker.incarnation, 0));
      await query(other, 'COMMIT AND NO CHAIN');
      assert.isTrue(await store.takeOver(worker.incarnation, 0));
    });

    for (const [what, kill] of Object.entries({ connection: 'KILL', statement: 'KILL QUERY' }))
      it(`whose ${what} the server ends in the middle has an unknown outcome, and no later commit stores a part of it`, async () => {
        await worker.commit({ inbox: [message(1)], instances: [put('@a@a')] });
        await query(other, 'START TRANSACTION');
        await query(other, `SELECT 1 FROM ${q('instance')} WHERE id = '@a@a' FOR UPDATE`);
        // The row of the worker and the message are changed when the call waits for the instance.
        const effects = { consumed: [1], instances: [put('@a@a', { version: 2 })] };
        const commit = failure(worker.commit(effects));
        await query(other, `${kill} ${await blocked()}`);
        assert.instanceOf(await commit, UnknownOutcomeError);
        await query(other, 'ROLLBACK AND NO CHAIN');
        await worker.commit({ inbox: [message(2)] });
        assert.deepEqual(ids((await worker.poll(Date.now())).rows), [1, 2]);
        await worker.commit(effects);
        assert.deepEqual(await store.retire(worker.incarnation), { seq: 3 });
      });

    it('that waits for a lock for too long is busy, changes nothing, and is applied when it is sent again', async () => {
      await query(other, `SET GLOBAL innodb_lock_wait_timeout = 50`);
      await holdWorker();
      assert.instanceOf(await failure(worker.commit({ inbox: [message(1)] })), StoreBusyError);
      await query(other, 'COMMIT AND NO CHAIN');
      await worker.commit({ inbox: [message(1)] });
      assert.deepEqual(ids((await worker.poll(Date.now())).rows), [1]);
    });

    it('that meets a deadlock is busy, and nothing of it is stored', async () => {
      await worker.commit({ inbox: [message(1)], instances: [put('@a@a')] });
      await query(other, 'START TRANSACTION');
      // The server ends the transaction that has changed less.
      await query(other, `UPDATE ${q('partition')} SET crashes = 7`);
      await query(other, `SELECT 1 FROM ${q('instance')} WHERE id = '@a@a' FOR UPDATE`);
      const effects = { consumed: [1], instances: [put('@a@a', { version: 2 })] };
      const commit = failure(worker.commit(effects));
      await blocked();
      const crossed = query(other, `DELETE FROM ${q('inbox')} WHERE id = 1`);
      assert.instanceOf(await commit, StoreBusyError);
      await crossed;
      await query(other, 'ROLLBACK AND NO CHAIN');
      await worker.commit(effects);
    });

    it('that its user may not call is refused with the words of the server', async () => {
      await query(other, `DROP PROCEDURE ${q('commit_v1')}`);
      const error = (await failure(worker.commit())) as DurableError;
      assert.instanceOf(error, StoreRefusedError);
      assert.include(error.message, 'commit_v1');
    });

    it('with half of a surrogate pair in a text is refused, wherever the text stands', async () => {
      const text = 'a\ud800b\\ud800';
      const receipt = { target: 't', requestId: text, hash: 'h', outcome: null, atMs: 1 };
      for (const effects of [
        { inbox: [message(1, { body: text })] },
        { instances: [put('@a@a', { state: text })] },
        { history: [{ instance: 'i', execution: 'x', chunk: 0, events: text }] },
        { receipts: [receipt] },
        { receiptsDeleted: [receipt] },
        { historyDeleted: [text] },
        { named: [['@a@a', text, 1]] as const },
      ])
        assert.instanceOf(await failure(worker.commit({ ...effects })), StoreRefusedError, JSON.stringify(effects));
      // The same letters behind a backslash are no such half.
      await worker.commit({ inbox: [message(1, { body: '\\ud800 \\\\ud800 a\0b' })] });
      assert.equal((await worker.poll()).rows[0]?.body, '\\ud800 \\\\ud800 a\0b');
    });

    it('of a process that stands still in the middle of joining keeps the others from nothing', async () => {
      const stands = new Promise<void>((resolve) => {
        let isJoining = false;
        proxy.onRequest = (data) => {
          isJoining ||= data.includes('stands still');
          return true;
        };
        // The process is stopped: it never hears the answer.
        proxy.onReply = () => {
          if (isJoining) resolve();
          return !isJoining;
        };
      });
      const joining = failure(store.join({ name: 'stands still', leaseMs: 15_000, names: ['entity:new'] }));
      await stands;
      const second = mysqlStore(database.storage, { partitionCount: 8 });
      await second.open();
      try {
        assert.isTrue(await second.takeOver(worker.incarnation, 0), 'another process takes over');
        await second.join({ name: 'another', leaseMs: 15_000, names: ['entity:other'] });
      } finally {
        proxy.onReply = () => true;
        proxy.cut();
        await second.close();
      }
      assert.instanceOf(await joining, Error);
    });
  });

/** A store on a server of its own, whose user may only what is needed. */
async function onServer(
  options: readonly string[],
  work: (scene: { store: Store; server: Server; connection: mysql.Connection }) => Promise<void>,
): Promise<void> {
  const server = await startMysql(options);
  const connection = await connectTo(server.url);
  await query(connection, "CREATE DATABASE hub; CREATE USER app@'%'; GRANT ALL ON hub.* TO app@'%'");
  const url = new URL('/hub', server.url);
  url.username = 'app';
  const store = mysqlStore({ type: 'mariadb', url: url.href }, { partitionCount: 8 });
  try {
    await store.open();
    await work({ store, server, connection });
  } finally {
    connection.destroy();
    await store.close();
    await server.stop();
  }
}

if (hasMysqlPrograms())
  describe('a MySQL or MariaDB server', () => {
    it('that is restarted at once keeps all that was acknowledged, and the store goes on without being opened again', async () => {
      await onServer([], async ({ store, server }) => {
        const worker = await TestWorker.start(store);
        for (let id = 1; id <= 20; id++) await worker.commit({ inbox: [message(id)] });
        await server.restart();
        const first = await worker.commit({ inbox: [message(21)] }).catch((error: unknown) => error);
        // Whether the end of the connection is noticed before the commit is sent: then it is sent on another one.
        const isKnown = !(first instanceof Error);
        const { seq } = await store.retire(worker.incarnation);
        assert.equal(seq, isKnown ? 21 : 20);
        const next = await TestWorker.start(store);
        const found = ids((await next.poll(Date.now())).rows);
        assert.deepEqual(
          found.slice(0, 20),
          Array.from({ length: 20 }, (_, n) => n + 1),
        );
      });
    });

    it('that is read-only refuses commits as busy, and takes them when it is not any more', async () => {
      await onServer([], async ({ store, connection }) => {
        const worker = await TestWorker.start(store);
        await query(connection, 'SET GLOBAL read_only = 1');
        assert.instanceOf(await failure(worker.commit({ inbox: [message(1)] })), StoreBusyError);
        await query(connection, 'SET GLOBAL read_only = 0');
        await worker.commit({ inbox: [message(1)] });
        assert.deepEqual(ids((await worker.poll(Date.now())).rows), [1]);
      });
    });

    it('whose disk is full refuses commits as busy, and stores nothing of them', async () => {
      const full = ['--innodb-file-per-table=0', '--innodb-data-file-path=ibdata1:12M:autoextend:max:48M'];
      await onServer(full, async ({ store }) => {
        const worker = await TestWorker.start(store);
        const long = JSON.stringify('x'.repeat(1_000_000));
        let [id, error]: [number, unknown] = [0, undefined];
        while (error === undefined)
          error = await worker.commit({ inbox: [message(++id, { body: long })] }).then(
            () => undefined,
            (refused: unknown) => refused,
          );
        assert.instanceOf(error, StoreBusyError);
        assert.deepEqual(await store.rowsInInbox([id - 1, id]), [id - 1]);
        assert.deepInclude((await store.scanWorkers({ limit: 1 }))[0], { seq: id - 1, alive: true });
      });
    });

    it('takes a batch that is larger than its packets as a whole, and refuses a row that is larger', async () => {
      await onServer(['--max-allowed-packet=1M'], async ({ store }) => {
        const worker = await TestWorker.start(store);
        const long = JSON.stringify('ä"\n'.repeat(60_000));
        const rows = Array.from({ length: 12 }, (_, n) => message(n + 1, { body: long }));
        const states = Array.from({ length: 5 }, (_, n) => put(`@a@${n}`, { state: long }));
        const history = [0, 1, 2].map((chunk) => ({ instance: 'r', execution: 'x', chunk, events: long }));
        await worker.commit({ inbox: rows, instances: states, history });
        assert.deepEqual(ids((await worker.poll(Date.now())).rows), ids(rows));
        // The last part of this batch is refused, and with it the whole batch.
        const refused = await failure(worker.commit({ consumed: ids(rows), inbox: rows.slice(0, 9).map((row) => ({ ...row, id: row.id + 50 })), gives: [[99, 1]] })); // prettier-ignore
        assert.instanceOf(refused, StoreRefusedError);
        assert.deepEqual(ids((await worker.poll(Date.now())).rows), ids(rows));
        const error = (await failure(
          worker.commit({ inbox: [message(99, { body: long.repeat(4) })] }),
        )) as DurableError;
        assert.instanceOf(error, StoreRefusedError);
        assert.include(error.hint, 'max_allowed_packet');
        await worker.commit({ consumed: ids(rows) });
        assert.deepEqual(await store.retire(worker.incarnation), { seq: 2 });
        assert.equal((await store.loadInstances(['@a@4']))[0]?.state, long);
        assert.lengthOf(await store.loadHistory('r', 'x'), 3);
      });
    });

    it('stores texts of more than 16 MiB', async () => {
      await onServer(['--max-allowed-packet=128M'], async ({ store }) => {
        const worker = await TestWorker.start(store);
        const long = JSON.stringify('ä😀'.repeat(3_000_000));
        await worker.commit({ inbox: [message(1, { body: long })], instances: [put('@a@a', { state: long })] });
        assert.isTrue((await worker.poll(Date.now())).rows[0]?.body === long);
        assert.isTrue((await store.loadInstances(['@a@a']))[0]?.state === long);
      });
    });
  });
