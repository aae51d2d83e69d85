import { assert } from 'chai';
import pg from 'pg';
import type { DurableError, LeaseLostError } from '../../src/errors/index.js';
import { StoreBusyError, StoreRefusedError } from '../../src/engines/sql/ports/store-errors.js';
import type { Store } from '../../src/engines/sql/ports/store.js';
import { postgresStore } from '../../src/storage/typeorm/postgres/postgres-store.js';
import { TestWorker, failure, ids, message, put } from '../conformance/harness.js';
import { hasPostgres, hasPostgresPrograms, startPostgres } from '../servers/postgres.js';
import { Proxy } from '../servers/proxy.js';
import { createDatabase, type PostgresTestDatabase } from './postgres-databases.js';

if (hasPostgres())
  describe('a commit on PostgreSQL', () => {
    let database: PostgresTestDatabase;
    let proxy: Proxy;
    let store: Store;
    let worker: TestWorker;
    /** A connection beside the store. */
    let other: pg.Client;
    const q = (name: string) => `"${database.storage.schema}".de_${name}`;

    beforeEach(async () => {
      database = await createDatabase({ partitionCount: 8 });
      proxy = await Proxy.before(database.storage.url as string);
      store = postgresStore({ ...database.storage, url: proxy.url }, { partitionCount: 8 });
      await store.open();
      worker = await TestWorker.start(store);
      other = new pg.Client({ connectionString: database.storage.url });
      other.on('error', () => {});
      await other.connect();
    });
    afterEach(async () => {
      await store.close();
      await proxy.close();
      await other.end();
      await database.dispose();
    });

    /** Waits until a statement of the store waits for a lock. Resolves with its process. */
    async function blocked(): Promise<number> {
      for (;;) {
        const { rows } = await other.query<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%${database.storage.schema}%'`,
        );
        if (rows[0] !== undefined) return rows[0].pid;
      }
    }

    /** Holds the row of the worker in an open transaction, so that a commit waits for it. */
    async function holdWorker(): Promise<void> {
      await other.query('BEGIN');
      await other.query(`SELECT 1 FROM ${q('worker')} WHERE incarnation = $1 FOR UPDATE`, [worker.incarnation]);
    }

    it('that waits for a takeover hears that its lease is lost, and writes no row', async () => {
      await other.query('BEGIN');
      await other.query(`UPDATE ${q('worker')} SET alive = -1 WHERE incarnation = $1`, [worker.incarnation]);
      const commit = failure(worker.commit({ inbox: [message(1)] }));
      await blocked();
      await other.query('COMMIT');
      assert.equal(((await commit) as LeaseLostError).code, 'DE_LEASE_LOST');
      assert.deepEqual(await store.rowsInInbox([1]), []);
    });

    it('that is in progress is applied, and a takeover beside it waits for nothing and changes nothing', async () => {
      const second = postgresStore(database.storage);
      await second.open();
      await other.query('BEGIN');
      await other.query(`SELECT 1 FROM ${q('worker')} WHERE incarnation = $1 FOR UPDATE`, [worker.incarnation]);
      const commit = worker.commit({ inbox: [message(1)] });
      await blocked();
      assert.isFalse(await second.takeOver(worker.incarnation, 0));
      await other.query('COMMIT');
      await commit;
      assert.isFalse(await second.takeOver(worker.incarnation, 0));
      await worker.commit({ inbox: [message(2)] });
      assert.deepEqual(ids((await worker.poll(Date.now())).rows), [1, 2]);
      await second.close();
    });

    it('whose server process is ended in the middle is busy, changes nothing, and is applied when it is sent again', async () => {
      await holdWorker();
      const commit = failure(worker.commit({ inbox: [message(1)] }));
      await other.query('SELECT pg_terminate_backend($1)', [await blocked()]);
      assert.instanceOf(await commit, StoreBusyError);
      await other.query('COMMIT');
      await worker.commit({ inbox: [message(1)] });
      assert.deepEqual(ids((await worker.poll(Date.now())).rows), [1]);
    });

    it('that is cancelled by its time limit is busy', async () => {
      await holdWorker();
      const commit = failure(worker.commit({ inbox: [message(1)] }));
      await other.query('SELECT pg_cancel_backend($1)', [await blocked()]);
      assert.instanceOf(await commit, StoreBusyError);
      await other.query('COMMIT');
      await worker.commit({ inbox: [message(1)] });
    });

    it('on a database that is read-only is busy', async () => {
      const name = (await other.query<{ name: string }>('SELECT current_database() AS name')).rows[0]?.name;
      const { url, schema } = database.storage;
      const readOnly = postgresStore({
        type: 'postgres',
        url,
        schema,
        extra: { options: '-c default_transaction_read_only=on' },
      });
      await readOnly.open();
      assert.isString(name);
      const error = await failure(readOnly.commit(worker.batch()));
      assert.instanceOf(error, StoreBusyError);
      await readOnly.close();
    });

    it('waits for the disk of the server, also if the settings of its user say otherwise', async () => {
      await other.query(`CREATE TABLE ${q('seen')} (setting text)`);
      await other.query(`CREATE FUNCTION ${q('see')}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO ${q('seen')} VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$`);
      // At the end of the transaction, when the function has returned.
      await other.query(`CREATE CONSTRAINT TRIGGER see AFTER INSERT ON ${q('inbox')} DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION ${q('see')}()`);
      const careless = postgresStore({
        ...database.storage,
        extra: { options: '-c synchronous_commit=off' },
      });
      await careless.open();
      const client = await TestWorker.join(careless, [], 'client');
      await client.commit({ inbox: [message(1)] });
      const { rows } = await other.query(`SELECT setting FROM ${q('seen')}`);
      assert.deepEqual(rows, [{ setting: 'on' }]);
      await careless.close();
    });

    it('that meets a deadlock is busy, and nothing of it is stored', async () => {
      await worker.commit({ inbox: [message(1)], instances: [put('@a@a')] });
      await other.query('BEGIN');
      await other.query(`SELECT 1 FROM ${q('instance')} WHERE id = '@a@a' FOR UPDATE`);
      const commit = failure(worker.commit({ consumed: [1], instances: [put('@a@a', { version: 2 })] }));
      await blocked();
      await other.query("SET deadlock_timeout = '1min'");
      const crossed = other.query(`DELETE FROM ${q('inbox')} WHERE id = 1`);
      assert.instanceOf(await commit, StoreBusyError);
      await crossed;
      await other.query('ROLLBACK');
      await worker.commit({ consumed: [1], instances: [put('@a@a', { version: 2 })] });
    });

    for (const [what, text] of Object.entries({ NUL: 'a\0b', 'half of a surrogate pair': 'a\ud800b' }))
      it(`with ${what} in a text is refused, wherever the text stands`, async () => {
        const receipt = { target: 't', requestId: text, hash: 'h', outcome: null, atMs: 1 };
        for (const effects of [
          { inbox: [message(1, { body: text })] },
          { instances: [put('@a@a', { state: text })] },
          { history: [{ instance: 'i', execution: 'x', chunk: 0, events: text }] },
          { receipts: [receipt] },
          { receiptsDeleted: [receipt] },
          { historyDeleted: [text] },
          { named: [['@a@a', text, 1]] as const },
        ]) {
          const error = await failure(worker.commit({ ...effects }));
          assert.instanceOf(error, StoreRefusedError, JSON.stringify(effects));
        }
        await worker.commit({ inbox: [message(1)] });
      });

    it('that its user may not call is refused with the words of the server', async () => {
      await other.query(`ALTER FUNCTION ${q('commit_v1')} RENAME TO gone`);
      const error = (await failure(worker.commit())) as DurableError;
      assert.instanceOf(error, StoreRefusedError);
      assert.include(error.message, 'commit_v1');
    });

    it('of a process that stands still in the middle of joining keeps the others from nothing for long', async () => {
      const stands = new Promise<void>((resolve) => {
        let isJoining = false;
        proxy.onRequest = (data) => {
          isJoining ||= data.includes('SET next_block = next_block + 1');
          return true;
        };
        // The process is stopped: it never hears the answer, so the transaction stays open on the server.
        proxy.onReply = () => {
          if (isJoining) resolve();
          return !isJoining;
        };
      });
      const joining = failure(store.join({ name: 'stands still', leaseMs: 15_000, names: [] }));
      await stands;
      const second = postgresStore(database.storage, { partitionCount: 8 });
      await second.open();
      try {
        // The server ends the transaction that stands still.
        await second.join({ name: 'another', leaseMs: 15_000, names: [] });
        assert.isTrue(await second.takeOver(worker.incarnation, 0), 'another process takes over');
        proxy.onReply = () => true;
        proxy.cut();
        assert.instanceOf(await joining, Error);
      } finally {
        proxy.onReply = () => true;
        proxy.cut();
        await second.close();
      }
    });
  });

if (hasPostgresPrograms())
  describe('a PostgreSQL server that is restarted at once', () => {
    it('keeps all that was acknowledged, and the store goes on without being opened again', async () => {
      const server = await startPostgres();
      const store = postgresStore({ type: 'postgres', url: server.url }, { partitionCount: 8 });
      try {
        await store.open();
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
      } finally {
        await store.close();
        await server.stop();
      }
    });
  });
