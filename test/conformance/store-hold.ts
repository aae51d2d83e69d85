import { assert } from 'chai';
import { LeaseLostError } from '../../src/errors/index.js';
import type { Member, Store } from '../../src/engines/sql/ports/store.js';
import { TestWorker, epochMs, failure, ids, message } from './harness.js';
import type { Scene } from './store.js';

export function holdConformance(scene: Scene): void {
  describe('the members', () => {
    it('are the living workers, with their last commit, their lease, their names and what they own', async () => {
      const { store } = scene;
      const owners = (owner: number) => Array.from({ length: 8 }, () => owner);
      assert.deepEqual(await store.members(), { nowMs: epochMs, members: [], owners: owners(0) });
      const gone = await TestWorker.start(store);
      await store.retire(gone.incarnation);
      const worker = await TestWorker.start(store);
      assert.deepEqual((await store.members()).owners, owners(2));
      await store.join({ name: 'other', leaseMs: 20_000, names: ['entity:b', 'entity:a'], version: '1.2.3' });
      await TestWorker.join(store, [], 'client');
      scene.database.clock.nowMs = epochMs + 1000;
      await worker.commit();
      const member = { name: 'test', seq: 0, holds: false, names: [], version: '' } as const;
      assert.deepEqual(await store.members(), {
        nowMs: epochMs + 1000,
        members: [
          { ...member, incarnation: 2, seq: 1, expiresAtMs: epochMs + 16_000 },
          {
            ...member,
            incarnation: 3,
            name: 'other',
            expiresAtMs: epochMs + 20_000,
            names: ['entity:b', 'entity:a'],
            version: '1.2.3',
          },
        ] satisfies Member[],
        owners: owners(2),
      });
    });

    it('come with a poll that asks for them, whatever it finds', async () => {
      const { store } = scene;
      const worker = await TestWorker.start(store);
      await store.join({ name: 'other', leaseMs: 20_000, names: ['entity:a'] });
      const page = { partitions: [0, 1], nowMs: epochMs, limit: 10 };
      const members = await store.members();
      assert.deepEqual(await store.poll({ ...page, members: true }), { rows: [], nextDueMs: undefined, members });
      const inbox = [message(1), message(2, { partition: 1 }), message(3, { dueMs: epochMs + 5 })];
      await worker.commit({ inbox });
      const found = await store.poll({ ...page, members: true });
      assert.deepEqual(ids(found.rows), [1, 2]);
      assert.equal(found.nextDueMs, epochMs + 5);
      assert.deepEqual(found.members, await store.members());
      assert.isUndefined((await store.poll(page)).members);
    });

    it('are all found page by page in the rows of workers and clients, living and dead', async () => {
      const { store } = scene;
      const gone = await TestWorker.start(store);
      await gone.commit({ activeMs: 7 });
      await store.retire(gone.incarnation);
      const worker = await TestWorker.start(store);
      await worker.commit({ activeMs: 9 });
      await TestWorker.join(store, [], 'client');
      const first = await store.scanWorkers({ limit: 2 });
      const row = { kind: 'worker', seq: 1, expiresAtMs: epochMs + 15_000 } as const;
      assert.deepEqual(first, [
        { ...row, incarnation: 1, alive: false, activeMs: 7, partitions: 0 },
        { ...row, incarnation: 2, alive: true, activeMs: 9, partitions: 8 },
      ]);
      assert.deepEqual(await store.scanWorkers({ after: 2, limit: 2 }), [
        { ...row, incarnation: 3, kind: 'client', seq: 0, alive: true, activeMs: 0, partitions: 0 },
      ]);
    });

    it('G2: that own nothing end unless they commit, workers not before their lease is over, and are deleted when they are dead', async () => {
      const { store, database } = scene;
      const former = await TestWorker.start(store);
      await former.commit({ activeMs: 5, hubTimeMs: epochMs + 50 });
      await store.retire(former.incarnation);
      const idle = await TestWorker.join(store);
      await idle.commit({ activeMs: 20, hubTimeMs: epochMs + 99 });
      const moved = await TestWorker.join(store, [], 'client');
      const client = await TestWorker.join(store, [], 'client');
      database.clock.nowMs = epochMs + 15_000;
      const young = await TestWorker.join(store);
      const idleClient = await TestWorker.join(store, [], 'client');
      const busyClient = await TestWorker.join(store, [], 'client');
      await busyClient.commit();
      const worker = await TestWorker.join(store);
      const all = [former, idle, moved, client, young, idleClient, busyClient].map(({ incarnation }) => incarnation);
      await worker.commit({ activeMs: 30, workersEnded: all.map((incarnation) => [incarnation, 0] as const) });
      await worker.commit({ activeMs: 31, workersEnded: [[idle.incarnation, 1]] });
      const standing = async () =>
        (await store.scanWorkers({ limit: 19 })).map(({ incarnation, alive, activeMs }) => [
          incarnation,
          alive,
          activeMs,
        ]);
      assert.deepEqual(await standing(), [
        [1, false, 5],
        [2, false, 31],
        [3, false, 30],
        [4, false, 30],
        [5, true, 0],
        [6, false, 30],
        [7, true, 0],
        [8, true, 31],
      ]);
      for (const ended of [client, idleClient])
        assert.instanceOf(await failure(ended.commit({ inbox: [message(1)] })), LeaseLostError);
      await busyClient.commit({ inbox: [message(1)] });
      await worker.commit({ workersDeleted: [...all, 99] });
      // The first one is dead, and its partitions are nobody else's yet.
      assert.deepEqual(
        (await standing()).map(([incarnation]) => incarnation),
        [1, 5, 7, 8],
      );
      await store.acquire(worker.incarnation);
      await worker.commit({ workersDeleted: all, leave: true });
      assert.deepEqual(
        (await standing()).map(([incarnation]) => incarnation),
        [5, 7, 8],
      );
      const next = await store.join({ name: 'next', leaseMs: 1000, names: [] });
      assert.equal(next.incarnation, 9);
      assert.deepInclude(await store.readTimes(), { hubTimeMs: epochMs + 99, activeMs: 31 });
    });
  });

  if (scene.shared)
    describe('a database without an exclusive hold', () => {
      it('gives it to nobody, and says so', async () => {
        assert.equal(await scene.store.acquireExclusiveLock(), 'none');
        const worker = await TestWorker.start(scene.store);
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
        assert.deepInclude((await other.members()).members[0], { holds: false });
      });

      it('is said in the row of the worker that joined with it, or got it later', async () => {
        const first = await TestWorker.start(scene.store);
        assert.equal(await scene.store.acquireExclusiveLock(first.incarnation), 'held');
        assert.equal(await other.acquireExclusiveLock(99), 'refused');
        const holds = async () => (await scene.store.members()).members.map((member) => member.holds);
        assert.deepEqual(await holds(), [true]);
        const second = await TestWorker.start(scene.store);
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
