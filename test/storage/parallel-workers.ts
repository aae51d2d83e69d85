import { assert } from 'chai';
import type { Store } from '../../src/engines/sql/ports/store.js';
import { TestWorker, message, type TestDatabase } from '../conformance/harness.js';

const rounds = 12;

/** Workers of four stores that take what is free, give, retire and take over in parallel. Asserts that no partition has two living owners. */
export async function workersSideBySide(database: TestDatabase): Promise<void> {
  const stores = Array.from({ length: 4 }, () => database.store());
  await Promise.all(stores.map((each) => each.open()));
  const owned = new Map<number, object>();
  const live = async (own: Store) => {
    for (let round = 0; round < rounds; round++) {
      const me = await TestWorker.join(own);
      const mine = await own.acquire(me.incarnation);
      for (const { partition } of mine) {
        assert.isUndefined(owned.get(partition), `partition ${partition}`);
        owned.set(partition, me);
      }
      await me.commit({ inbox: [message(me.incarnation)] });
      const given = mine[0]?.partition;
      // From the sending on, another worker may own what is given and left.
      for (const { partition } of mine) owned.delete(partition);
      if (given === undefined) await me.commit({ leave: true });
      else {
        await me.commit({ gives: [[given, 0]] });
        if (round % 2 === 0) await own.retire(me.incarnation, { attempts: [] });
        else await own.takeOver(me.incarnation, 2);
      }
    }
  };
  await Promise.all(stores.map((each) => live(each)));
  await Promise.all(stores.map((each) => each.close()));
}
