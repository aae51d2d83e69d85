import { assert } from 'chai';
import type { Hint, Store } from '../../src/engines/sql/ports/store.js';
import { postgresStore } from '../../src/storage/typeorm/postgres/postgres-store.js';
import { ask, hasPostgres } from '../servers/postgres.js';
import { Proxy } from '../servers/proxy.js';
import { createDatabase, type PostgresTestDatabase } from './postgres-databases.js';
import { withoutNotifications } from './postgres-notifications.js';

/** Short times, so that a test waits for events that come soon. */
const hintTimes = { echoEveryMs: 50, echoWithinMs: 500, blindMs: 5 };

/** The hints that a store has received. */
class Ears {
  readonly heard: (Hint | undefined)[] = [];
  private wake = () => {};
  readonly stop: () => void;

  constructor(store: Store) {
    this.stop = store.listen((hint) => {
      this.heard.push(hint);
      this.wake();
    });
  }

  /** Resolves when a hint came that matches. */
  async until(matches: (hint: Hint | undefined) => boolean): Promise<void> {
    while (!this.heard.some(matches)) await new Promise<void>((resolve) => (this.wake = resolve));
  }
}

if (hasPostgres())
  describe('hints of PostgreSQL', () => {
    let database: PostgresTestDatabase;
    let a: Store;
    let b: Store;
    let ears: Ears;

    beforeEach(async () => {
      database = await createDatabase({ partitionCount: 8 });
      a = postgresStore(database.storage, { hintTimes });
      b = postgresStore(database.storage, { hintTimes });
      await a.open();
      await b.open();
      ears = new Ears(a);
      // The first echo: from now on notifications arrive.
      await ears.until((hint) => hint === undefined);
      ears.heard.length = 0;
    });
    afterEach(async () => {
      ears.stop();
      await a.close();
      await b.close();
      await database.dispose();
    });

    it('reach the other processes with their content, and not their own', async () => {
      const hint: Hint = {
        partitions: [3, 5],
        processes: ['p "1"'],
        interest: [['@a@b', 'p']],
        members: true,
        gained: [7, 9],
      };
      a.wakeOthers({ partitions: [1] });
      b.wakeOthers(hint);
      await ears.until((heard) => heard?.members === true);
      assert.deepEqual(ears.heard, [hint]);
    });

    it('carry names with quotes, backslashes and words of SQL as they are', async () => {
      const names = [
        "@a@'); DROP TABLE de_inbox; --",
        String.raw`@a@\'; SELECT 1; --`,
        '@a@"$1" $$ \n\u0000 é 😀',
        "@a@E'\\047'",
      ];
      for (const [n, name] of names.entries()) {
        b.wakeOthers({ partitions: [n], interest: [[name, "p'"]] });
        await ears.until((heard) => heard?.partitions?.includes(n) === true);
        assert.deepEqual(ears.heard.at(-1), { partitions: [n], interest: [[name, "p'"]] });
      }
    });

    it('that are sent together arrive together, each part once', async () => {
      for (let n = 0; n < 100; n++) b.wakeOthers({ partitions: [n % 4] });
      b.wakeOthers({ members: true });
      await ears.until((heard) => heard?.members === true);
      assert.deepEqual(ears.heard, [{ partitions: [0, 1, 2, 3], members: true }]);
    });

    it('of another hub in the same database are not heard', async () => {
      const other = postgresStore(database.storage, { hintTimes, tablePrefix: 'other_' });
      await other.open();
      other.wakeOthers({ partitions: [7] });
      await other.close();
      b.wakeOthers({ partitions: [1] });
      await ears.until((heard) => heard?.partitions !== undefined);
      assert.deepEqual(ears.heard, [{ partitions: [1] }]);
    });

    it('continue after the connection that listens was lost, and until then the listener is called without content', async () => {
      const { rows } = await ask<{ pid: number }>(
        database.storage.url as string,
        `SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND (query LIKE 'LISTEN%' OR query LIKE 'NOTIFY%')`,
      );
      for (const { pid } of rows) await ask(database.storage.url as string, `SELECT pg_terminate_backend(${pid})`);
      await ears.until((heard) => heard === undefined);
      for (let n = 0; !ears.heard.some((heard) => heard?.partitions?.includes(n - 1)); n++) {
        b.wakeOthers({ partitions: [n] });
        await ears.until((heard) => heard === undefined || heard.partitions?.includes(n) === true);
        await ask(database.storage.url as string, 'SELECT 1');
      }
    });
  });

if (hasPostgres())
  describe('a store whose notifications never arrive', () => {
    it('calls its listener without content again and again, and says so once', async () => {
      const database = await createDatabase({ partitionCount: 8 });
      const proxy = await Proxy.before(database.storage.url as string);
      // A pooler that accepts LISTEN and drops notifications: messages of type A.
      proxy.onReply = withoutNotifications;
      const warnings: string[] = [];
      const logger = { debug() {}, info() {}, error() {}, warn: (_: object, text: string) => warnings.push(text) };
      const times = { ...hintTimes, echoWithinMs: 50 };
      const store = postgresStore({ ...database.storage, url: proxy.url }, { hintTimes: times, logger });
      await store.open();
      const ears = new Ears(store);
      await ears.until(() => warnings.length > 0);
      ears.heard.length = 0;
      await ears.until(() => ears.heard.length > 3);
      assert.lengthOf(warnings, 1);
      assert.match(warnings[0] as string, /notification/);
      ears.stop();
      await store.close();
      await proxy.close();
      await database.dispose();
    });
  });
