import { assert } from 'chai';
import type { Joined, Store } from '../../src/engines/sql/ports/store.js';
import { TestWorker } from './harness.js';
import type { Scene } from './store.js';

const worker = { name: 'w', leaseMs: 1000, names: [] };

/** The lock of a connection that just ended is free soon: the database notices it by itself. */
async function untilAbsent(store: Store, incarnation: number): Promise<void> {
  while ((await store.absent([incarnation])).length === 0) await new Promise(setImmediate);
}

export function presenceConformance(scene: Scene, hasLocks: boolean): void {
  describe('the presence of a worker', () => {
    const joined = async (store: Store): Promise<Joined> => {
      store.listen(() => {});
      return store.join(worker);
    };

    if (!hasLocks) {
      it('is no lock of a database that has none', async () => {
        const { store } = scene;
        const { incarnation, presence } = await joined(store);
        assert.deepEqual([presence, await store.holdPresence(incarnation)], [false, false]);
        assert.deepEqual(await store.absent([incarnation]), []);
      });
      return;
    }

    it('is a lock that its row promises and that it takes after its join', async () => {
      const { store } = scene;
      const { incarnation, presence } = await joined(store);
      assert.isTrue(presence);
      assert.deepInclude((await store.members()).members[0], { incarnation, holds: true });
      assert.deepEqual(await store.absent([incarnation]), [incarnation]);
      assert.isTrue(await store.holdPresence(incarnation));
      assert.isTrue(await store.holdPresence(incarnation));
      assert.deepEqual(await store.absent([incarnation]), []);
    });

    it('is the same for every process, and ends with the process', async () => {
      const other = scene.database.store();
      await other.open();
      const { incarnation } = await joined(other);
      assert.isTrue(await other.holdPresence(incarnation));
      assert.deepEqual(await scene.store.absent([incarnation]), []);
      await other.close();
      await untilAbsent(scene.store, incarnation);
    });

    it('passes from the last worker of a process to its next one', async () => {
      const { store } = scene;
      const first = await joined(store);
      await store.holdPresence(first.incarnation);
      const second = await store.join(worker);
      assert.isTrue(await store.holdPresence(second.incarnation));
      assert.deepEqual(await store.absent([first.incarnation, second.incarnation]), [first.incarnation]);
    });

    it('is asked for living workers only, and says nothing of those that hold no lock', async () => {
      const { store } = scene;
      const silent = await TestWorker.join(store);
      const client = await TestWorker.join(store, [], 'client');
      const dead = await joined(store);
      await store.retire(dead.incarnation);
      assert.deepEqual(await store.absent([silent.incarnation, client.incarnation, dead.incarnation, 99]), []);
      assert.deepEqual(await store.absent([]), []);
    });

    it('of two workers in two processes is told apart', async () => {
      const other = scene.database.store();
      await other.open();
      const first = await joined(scene.store);
      const second = await joined(other);
      await scene.store.holdPresence(first.incarnation);
      assert.deepEqual(await other.absent([first.incarnation, second.incarnation]), [second.incarnation]);
      await other.holdPresence(second.incarnation);
      assert.deepEqual(await scene.store.absent([first.incarnation, second.incarnation]), []);
      await other.close();
    });
  });
}
