import { assert } from 'chai';
import pg from 'pg';
import type { Store } from '../../src/engines/sql/ports/store.js';
import { postgresStore } from '../../src/storage/typeorm/postgres/postgres-store.js';
import { epochMs, TestWorker } from '../conformance/harness.js';
import { ask, hasPostgres } from '../servers/postgres.js';
import { Proxy } from '../servers/proxy.js';
import { withoutNotifications } from './postgres-notifications.js';
import { createDatabase, type PostgresTestDatabase } from './postgres-databases.js';

/** Short times, so that a test waits for events that come soon. */
const hintTimes = { echoEveryMs: 50, echoWithinMs: 500, blindMs: 5 };
const member = { name: 'w', leaseMs: 15_000, names: [] };

if (hasPostgres())
  describe('presence on PostgreSQL', () => {
    let database: PostgresTestDatabase;
    let store: Store;
    let url: string;

    beforeEach(async () => {
      database = await createDatabase({ partitionCount: 8, hintTimes });
      url = database.storage.url as string;
      store = database.store();
      await store.open();
    });
    afterEach(async () => {
      await store.close();
      await database.dispose();
    });

    async function untilHeld(incarnation: number): Promise<void> {
      while (!(await store.holdPresence(incarnation))) await new Promise(setImmediate);
    }

    it('is gone with the session that listens, and comes back with the next one', async () => {
      store.listen(() => {});
      const { incarnation } = await store.join(member);
      await untilHeld(incarnation);
      const { rows } = await ask<{ pid: number }>(
        url,
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2",
      );
      for (const { pid } of rows) await ask(url, `SELECT pg_terminate_backend(${pid})`);
      // The lock is free, or taken again meanwhile.
      for (let isFree = false, isBack = false; !isBack; isFree ||= (await store.absent([incarnation])).length > 0)
        isBack = (await store.holdPresence(incarnation)) && (await store.absent([incarnation])).length === 0;
      assert.deepEqual(await store.absent([incarnation]), []);
    });

    it('of a task hub with another prefix or schema is another one', async () => {
      const other = postgresStore(database.storage, { hintTimes, tablePrefix: 'other_' });
      await other.open();
      for (const each of [store, other]) each.listen(() => {});
      const [own, foreign] = [await store.join(member), await other.join(member)];
      assert.equal(own.incarnation, foreign.incarnation);
      await untilHeld(own.incarnation);
      assert.deepEqual(await other.absent([foreign.incarnation]), [foreign.incarnation]);
      assert.isTrue(await other.holdPresence(foreign.incarnation));
      await other.close();
      assert.deepEqual(await store.absent([own.incarnation]), []);
    });

    it('is not used where no notification arrives', async () => {
      const proxy = await Proxy.before(url);
      proxy.onReply = withoutNotifications;
      const behind = postgresStore(
        { ...database.storage, url: proxy.url },
        { hintTimes: { ...hintTimes, echoWithinMs: 50 } },
      );
      await behind.open();
      behind.listen(() => {});
      const { incarnation, presence } = await behind.join(member);
      assert.isFalse(presence);
      assert.deepEqual(await store.absent([incarnation]), []);
      await behind.close();
      await proxy.close();
    });

    it('costs no statement while the lock is held, and a look at the members costs none beside the poll', async () => {
      store.listen(() => {});
      const { incarnation } = await store.join(member);
      await store.acquire(incarnation);
      await untilHeld(incarnation);
      const page = { partitions: 'all', nowMs: epochMs, limit: 10, members: true } as const;
      await store.poll(page);
      const sent: string[] = [];
      const { prototype } = pg.Client;
      const query: (...given: unknown[]) => unknown = Reflect.get(prototype, 'query');
      const counting = function (this: pg.Client, ...given: unknown[]) {
        const { text } = given[0] as { text: string };
        if (!text.startsWith('NOTIFY ')) sent.push(text);
        return query.apply(this, given);
      };
      Reflect.set(prototype, 'query', counting);
      try {
        await store.holdPresence(incarnation);
        await store.poll(page);
      } finally {
        Reflect.set(prototype, 'query', query);
      }
      assert.lengthOf(sent, 1);
    });
  });

if (hasPostgres())
  describe('a takeover on PostgreSQL', () => {
    let database: PostgresTestDatabase;
    let store: Store;
    let client: pg.Client;

    beforeEach(async () => {
      database = await createDatabase({ partitionCount: 8 });
      store = database.store();
      await store.open();
      client = new pg.Client({ connectionString: database.storage.url as string });
      await client.connect();
    });
    afterEach(async () => {
      await client.end();
      await store.close();
      await database.dispose();
    });

    const table = (name: string) => `"${database.storage.schema}"."de_${name}"`;

    it('does not wait for a commit in progress, whose worker is alive, and lets own commits pass', async () => {
      const alive = await TestWorker.start(store);
      const own = await TestWorker.join(store);
      // As the fence of a commit does, which then waits for something.
      await client.query('BEGIN');
      await client.query(`UPDATE ${table('worker')} SET seq = seq + 1 WHERE incarnation = ${alive.incarnation}`);
      assert.isFalse(await store.takeOver(alive.incarnation, 0));
      await own.commit();
      await client.query('COMMIT');
      assert.isFalse(await store.takeOver(alive.incarnation, 0), 'it has committed');
      assert.isTrue(await store.takeOver(alive.incarnation, 1));
    });

    it('does not wait for a member that joins', async () => {
      const dead = await TestWorker.start(store);
      const own = await TestWorker.join(store);
      await client.query('BEGIN');
      await client.query(`UPDATE ${table('task_hub')} SET next_block = next_block + 1`);
      assert.isFalse(await store.takeOver(dead.incarnation, 0));
      await own.commit();
      await client.query('COMMIT');
      assert.isTrue(await store.takeOver(dead.incarnation, 0));
    });
  });
