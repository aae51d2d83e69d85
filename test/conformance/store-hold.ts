import { assert } from 'chai';
import { LeaseLostError } from '../../src/errors/index.js';
import type { Member, Store } from '../../src/engines/sql/ports/store.js';
import { TestWorker, epochMs, failure } from './harness.js';
import type { Scene } from './store.js';

export function holdConformance(scene: Scene): void {
  describe('the members', () => {
    it('are the living ones, by incarnation, with their last commit, their lease and what they own', async () => {
      const { store } = scene;
      assert.deepEqual(await store.members(), { nowMs: epochMs, members: [] });
      const gone = await TestWorker.start(store);
      await store.retire(gone.incarnation);
      const worker = await TestWorker.start(store);
      await TestWorker.join(store);
      await TestWorker.join(store, [], 'client');
      scene.database.clock.nowMs = epochMs + 1000;
      await worker.commit();
      const member = { kind: 'worker', seq: 0, expiresAtMs: epochMs + 15_000, holds: false, partitions: 0 } as const;
      assert.deepEqual(await store.members(), {
        nowMs: epochMs + 1000,
        members: [
          { ...member, incarnation: 2, seq: 1, expiresAtMs: epochMs + 16_000, partitions: 8 },
          { ...member, incarnation: 3 },
          { ...member, incarnation: 4, kind: 'client' },
        ] satisfies Member[],
      });
    });
  });

  if (scene.shared)
    describe('a database without an exclusive hold', () => {
      it('gives it to nobody, and says so', async () => {
        assert.equal(await scene.store.acquireExclusiveLock(), 'none');
        const worker = await TestWorker.join(scene.store);
        assert.equal(await scene.store.acquireExclusiveLock(worker.incarnation), 'none');
        assert.isFalse((await scene.store.members()).members[0]?.holds);
        await scene.store.releaseExclusiveLock();
      });
    });
  else
    describe('the exclusive hold', () => {
      let other: Store;
      beforeEach(async () => {
        other = scene.database.store();
        await other.open();
      });
      afterEach(() => other.close());

      it('is had by one at a time, until that one lets go or closes', async () => {
        const { store } = scene;
        assert.equal(await store.acquireExclusiveLock(), 'held');
        assert.equal(await store.acquireExclusiveLock(), 'held');
        assert.equal(await other.acquireExclusiveLock(), 'refused');
        await store.releaseExclusiveLock();
        await store.releaseExclusiveLock();
        assert.equal(await other.acquireExclusiveLock(), 'held');
        assert.equal(await store.acquireExclusiveLock(), 'refused');
        await other.close();
        assert.equal(await store.acquireExclusiveLock(), 'held');
      });

      it('is not needed to open, to join and to commit', async () => {
        await scene.store.acquireExclusiveLock();
        const worker = await TestWorker.start(other);
        await worker.commit();
        assert.deepInclude((await other.members()).members[0], { holds: false, partitions: 8 });
      });

      it('is said in the row of the worker that joined with it, or got it later', async () => {
        const first = await TestWorker.join(scene.store);
        assert.equal(await scene.store.acquireExclusiveLock(first.incarnation), 'held');
        assert.equal(await other.acquireExclusiveLock(99), 'refused');
        const holds = async () => (await scene.store.members()).members.map((member) => member.holds);
        assert.deepEqual(await holds(), [true]);
        const second = await TestWorker.join(scene.store);
        assert.deepEqual(await holds(), [true]);
        assert.instanceOf(await failure(first.commit()), LeaseLostError);
        await second.commit();
      });

      it('lets a joining worker end those that had it, without waiting for a lease, and nobody else', async () => {
        const without = await TestWorker.start(other);
        await scene.store.acquireExclusiveLock();
        const former = await TestWorker.join(scene.store);
        const client = await TestWorker.join(scene.store, [], 'client');
        await scene.reopen();
        await scene.store.acquireExclusiveLock();
        const next = await TestWorker.join(scene.store);
        await without.commit();
        assert.instanceOf(await failure(scene.store.commit(former.batch())), LeaseLostError);
        await scene.store.commit(client.batch());
        await next.commit();
      });

      it('ends nobody where a client joins', async () => {
        await scene.store.acquireExclusiveLock();
        const worker = await TestWorker.join(scene.store);
        await TestWorker.join(scene.store, [], 'client');
        await worker.commit();
      });
    });
}
