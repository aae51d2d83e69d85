import { assert } from 'chai';
import type { Store } from '../../src/engines/sql/ports/store.js';
import { mysqlStore } from '../../src/storage/typeorm/mysql/mysql-store.js';
import { ask, hasMysql } from '../servers/mysql.js';
import { createMysqlDatabase, type MysqlTestDatabase } from './mysql-databases.js';

const worker = { name: 'w', leaseMs: 15_000, names: [] };

if (hasMysql())
  describe('the presence lock in MySQL or MariaDB', () => {
    let database: MysqlTestDatabase;
    let store: Store;
    let other: Store;

    beforeEach(async () => {
      database = await createMysqlDatabase({ partitionCount: 8 });
      [store, other] = [mysqlStore(database.storage), mysqlStore(database.storage)];
      await store.open();
      await other.open();
      store.listen(() => {});
    });
    afterEach(async () => {
      await store.close();
      await other.close();
      await database.dispose();
    });

    it('is free when its session was ended, and is taken again by the next look', async () => {
      const { incarnation } = await store.join(worker);
      assert.isTrue(await store.holdPresence(incarnation));
      const [holder] = await ask<{ id: number }>(
        database.storage.url,
        `SELECT MIN(IS_USED_LOCK(CONCAT('de:', hash, ':${incarnation}'))) AS id
          FROM (SELECT SUBSTR(SHA2('${JSON.stringify([database.name, 'de_'])}', 256), 1, 24) AS hash) AS h`,
      );
      await ask(database.storage.url, `KILL ${holder!.id}`);
      while ((await other.absent([incarnation])).length === 0) await new Promise(setImmediate);
      // The end of the connection may be noticed a moment later.
      while ((await other.absent([incarnation])).length > 0) assert.isBoolean(await store.holdPresence(incarnation));
    });

    it('of another hub on the same server is another one', async () => {
      const hub = mysqlStore(database.storage, { tablePrefix: 'other_' });
      await hub.open();
      hub.listen(() => {});
      const [first, second] = [await store.join(worker), await hub.join(worker)];
      assert.equal(first.incarnation, second.incarnation);
      assert.isTrue(await store.holdPresence(first.incarnation));
      assert.deepEqual(await hub.absent([second.incarnation]), [second.incarnation]);
      assert.isTrue(await hub.holdPresence(second.incarnation));
      assert.deepEqual(await other.absent([first.incarnation]), []);
      await hub.close();
    });
  });
