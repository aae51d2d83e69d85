import { assert } from 'chai';
import { LeaseLostError, StorageError } from '../../src/errors/index.js';
import type { Partitions } from '../../src/engines/sql/ports/store.js';
import { StoreRefusedError } from '../../src/engines/sql/ports/store-errors.js';
import { TestWorker, epochMs, failure, ids, message } from './harness.js';
import type { Scene } from './store.js';

const everyPartition = [0, 1, 2, 3, 4, 5, 6, 7];

export function membershipConformance(scene: Scene): void {
  describe('a task hub', () => {
    it('has the partition count it was made with', async () => {
      await scene.store.close();
      const next = scene.database.store();
      assert.equal((await next.open()).partitionCount, 8);
      await next.close();
    });

    it('knows every name that any worker ever announced, living or dead', async () => {
      await TestWorker.join(scene.store, ['entity:b', 'orchestration:O']);
      await TestWorker.join(scene.store, ['activity:A', 'entity:b']);
      await TestWorker.join(scene.store, []);
      await scene.store.close();
      const next = scene.database.store();
      assert.sameMembers([...(await next.open()).names], ['activity:A', 'entity:b', 'orchestration:O']);
      await next.close();
    });
  });

  describe('a worker', () => {
    it('gets an incarnation that grows with every join, also across processes', async () => {
      const { store } = scene;
      const worker = { name: 'w', leaseMs: 1000, names: [] };
      assert.deepEqual(await store.join(worker), {
        incarnation: 1,
        block: 0,
        presence: false,
      });
      assert.deepEqual(await store.readTimes(), { nowMs: epochMs, hubTimeMs: 0, activeMs: 0 });
      assert.equal((await store.join(worker)).incarnation, 2);
      assert.equal((await (await scene.reopen()).join(worker)).incarnation, 3);
    });

    it('gets a block of row ids of its own, and others when it asks for them; none is given twice, also across processes', async () => {
      const member = { name: 'w', leaseMs: 1000, names: [] };
      const blocks = [(await scene.store.join(member)).block, await scene.store.takeBlock()];
      blocks.push((await scene.store.join({ ...member, kind: 'client' })).block, await scene.store.takeBlock());
      const next = await scene.reopen();
      blocks.push(await next.takeBlock(), (await next.join(member)).block);
      assert.deepEqual(blocks, [0, 1, 2, 3, 4, 5]);
    });

    it('hands over the newest hub time and active time that anybody committed, whatever order they came in and however it ended', async () => {
      const { store } = scene;
      const times = async () => {
        await store.join({ name: 'look', leaseMs: 1000, names: [], kind: 'client' });
        const { hubTimeMs, activeMs } = await store.readTimes();
        return [hubTimeMs, activeMs];
      };
      assert.deepEqual(await times(), [0, 0]);
      const first = await TestWorker.start(store);
      await first.commit({ hubTimeMs: epochMs, activeMs: 10 });
      assert.deepEqual(await times(), [epochMs, 10]);
      await first.commit({ hubTimeMs: epochMs - 5, activeMs: 9 });
      await first.commit();
      assert.deepEqual(await times(), [epochMs, 10]);
      await first.commit({ leave: true });
      const second = await TestWorker.start(store);
      await second.commit({ hubTimeMs: epochMs + 1, activeMs: 11, leave: true });
      assert.deepEqual(await times(), [epochMs + 1, 11]);
      const third = await TestWorker.start(store);
      await third.commit({ hubTimeMs: epochMs + 2, activeMs: 12 });
      await store.retire(third.incarnation);
      assert.deepEqual(await times(), [epochMs + 2, 12]);
      const next = await scene.reopen();
      const fourth = await TestWorker.start(next);
      await failure(fourth.commit({ consumed: [404], hubTimeMs: epochMs + 9, activeMs: 99 }));
      await fourth.commit({ hubTimeMs: epochMs + 3, activeMs: 13 });
      await next.acquireExclusiveLock(fourth.incarnation);
      // Where the hold counts, this join ends the one before.
      await next.join({ name: 'w', leaseMs: 1000, names: [] });
      assert.deepInclude(await next.readTimes(), { hubTimeMs: epochMs + 3, activeMs: 13 });
    });

    it('learns the newest times of workers that live beside it', async () => {
      const { store } = scene;
      const first = await TestWorker.start(store);
      await first.commit({ hubTimeMs: epochMs + 7, activeMs: 70 });
      await TestWorker.join(store);
      assert.deepInclude(await store.readTimes(), { hubTimeMs: epochMs + 7, activeMs: 70 });
    });

    it('whose row is gone has no last commit that could be told', async () => {
      assert.deepEqual(await scene.store.retire(99), { seq: undefined });
    });

    it('takes every partition of a new task hub', async () => {
      const { incarnation } = await TestWorker.join(scene.store);
      assert.deepEqual(
        await scene.store.acquire(incarnation),
        everyPartition.map((partition) => ({ partition, epoch: 1, crashes: 0 })),
      );
    });

    it('takes nothing twice, and is told each time what it owns', async () => {
      const { incarnation } = await TestWorker.start(scene.store);
      const owned = everyPartition.map((partition) => ({ partition, epoch: 1, crashes: 0 }));
      assert.deepEqual(await scene.store.acquire(incarnation), owned);
      assert.deepEqual(await scene.store.acquire(incarnation, { partitions: [] }), owned);
    });

    it('takes those of the free partitions that it asks for', async () => {
      const { store } = scene;
      const first = await TestWorker.join(store);
      const numbers = async (worker: TestWorker, partitions: Partitions) =>
        (await store.acquire(worker.incarnation, { partitions })).map(({ partition }) => partition);
      assert.deepEqual(await numbers(first, [5, 1]), [1, 5]);
      const second = await TestWorker.join(store);
      assert.deepEqual(await numbers(second, [0, 1, 2]), [0, 2]);
      assert.deepEqual(await numbers(first, 'all'), [1, 3, 4, 5, 6, 7]);
      assert.deepEqual((await store.members()).owners, [2, 1, 2, 1, 1, 1, 1, 1]);
    });

    it('takes what a dead worker owned', async () => {
      const first = await TestWorker.start(scene.store);
      await scene.store.retire(first.incarnation);
      const second = await TestWorker.join(scene.store);
      assert.deepEqual(
        await scene.store.acquire(second.incarnation),
        everyPartition.map((partition) => ({ partition, epoch: 2, crashes: 0 })),
      );
    });

    it('counts, where it is asked to, how often in a row an owner died; healthy work and a clean end are not counted', async () => {
      let last: TestWorker | undefined;
      const takeOver = async (suspicious: boolean) => {
        if (last !== undefined) await scene.store.takeOver(last.incarnation, last.seq);
        last = await TestWorker.join(scene.store);
        const acquired = await scene.store.acquire(last.incarnation, { suspicious });
        return new Set(acquired.map((row) => row.crashes));
      };
      assert.deepEqual(await takeOver(true), new Set([0]));
      assert.deepEqual(await takeOver(true), new Set([1]));
      assert.deepEqual(await takeOver(true), new Set([2]));
      assert.deepEqual(await takeOver(false), new Set([2]));
      await last?.commit({ healthy: everyPartition });
      assert.deepEqual(await takeOver(true), new Set([1]));
      await last?.commit({ leave: true });
      assert.deepEqual(await takeOver(true), new Set([1]));
    });

    it('that its own process ends counts no crash, and attempts are given back; nothing of that when somebody else has ended it', async () => {
      const { store } = scene;
      const attemptsOf = async (worker: TestWorker) => {
        const { rows } = await worker.poll();
        return rows.map(({ id, attempts }) => [id, attempts]);
      };
      const first = await TestWorker.start(store);
      await first.commit({ inbox: [message(1), message(2)], attempted: [] });
      await first.commit({ attempted: [[1, 1]] });
      // Row 3 was never there: what is gone needs nothing back.
      assert.deepEqual(await store.retire(first.incarnation, { attempts: [[1, 0], [3, 0]] }), { seq: 2 }); // prettier-ignore
      const second = await TestWorker.join(store);
      assert.deepEqual(
        await store.acquire(second.incarnation, { suspicious: true }),
        everyPartition.map((partition) => ({ partition, epoch: 2, crashes: 0 })),
      );
      assert.deepEqual(await attemptsOf(second), [[1, 0], [2, 0]]); // prettier-ignore
      await second.commit({ attempted: [[2, 1]] });
      await store.takeOver(second.incarnation, second.seq);
      await store.retire(second.incarnation, { attempts: [[2, 0]] });
      const third = await TestWorker.join(store);
      const acquired = await store.acquire(third.incarnation, { suspicious: true });
      assert.deepEqual(new Set(acquired.map((row) => row.crashes)), new Set([1]));
      assert.deepEqual(await attemptsOf(third), [[1, 0], [2, 1]]); // prettier-ignore
    });

    it('is taken over if it has not committed since, and not if it has', async () => {
      const { store } = scene;
      const worker = await TestWorker.start(store);
      await worker.commit();
      assert.isFalse(await store.takeOver(worker.incarnation, 0));
      await worker.commit();
      assert.isTrue(await store.takeOver(worker.incarnation, 2));
      assert.instanceOf(await failure(worker.commit()), LeaseLostError);
      assert.isTrue(await store.takeOver(worker.incarnation, 2));
      assert.isTrue(await store.takeOver(worker.incarnation, 77));
      assert.isTrue(await store.takeOver(99, 0));
      assert.deepEqual(await store.retire(worker.incarnation, { attempts: [] }), { seq: 2 });
    });

    it('has done healthy work in the partitions that it names', async () => {
      const { store } = scene;
      const first = await TestWorker.start(store);
      await store.takeOver(first.incarnation, 0);
      const second = await TestWorker.join(store);
      await store.acquire(second.incarnation, { suspicious: true });
      await second.commit({ healthy: [1, 2] });
      const crashes = (await store.acquire(second.incarnation)).map((row) => row.crashes);
      assert.deepEqual(crashes, [1, 0, 0, 1, 1, 1, 1, 1]);
    });

    it('gives partitions to others with a commit, and to nobody', async () => {
      const { store } = scene;
      const first = await TestWorker.start(store);
      const second = await TestWorker.join(store);
      await first.commit({ inbox: [message(1, { partition: 3 }), message(2)], gives: [[3, 2], [5, 0]] }); // prettier-ignore
      assert.deepEqual((await store.members()).owners, [1, 1, 1, 2, 1, 0, 1, 1]);
      assert.deepEqual(await store.acquire(second.incarnation, { partitions: [] }), [
        { partition: 3, epoch: 2, crashes: 0 },
      ]);
      assert.deepEqual(ids((await second.poll()).rows), [1]);
      assert.deepEqual(ids((await first.poll()).rows), [2]);
      await second.commit({ consumed: [1] });
      assert.deepEqual(await store.acquire(second.incarnation, { partitions: [5] }), [
        { partition: 3, epoch: 2, crashes: 0 },
        { partition: 5, epoch: 2, crashes: 0 },
      ]);
    });

    it('cannot give what is not its own, nor twice', async () => {
      const { store } = scene;
      const first = await TestWorker.start(store);
      const second = await TestWorker.join(store);
      await first.commit({ gives: [[3, 2]] });
      for (const gives of [
        [[3, 1]],
        [
          [1, 2],
          [3, 2],
        ],
        [[9, 2]],
        [
          [1, 2],
          [1, 0],
        ],
      ] as const)
        // prettier-ignore
        assert.instanceOf(await failure(first.commit({ inbox: [message(1)], gives })), StoreRefusedError);
      assert.instanceOf(await failure(second.commit({ gives: [[1, 2]] })), StoreRefusedError);
      assert.deepEqual((await store.members()).owners, [1, 1, 1, 2, 1, 1, 1, 1]);
      assert.isEmpty((await first.poll()).rows);
    });

    it('that has left counts no crash for what was given to it', async () => {
      const { store } = scene;
      const first = await TestWorker.start(store);
      const second = await TestWorker.join(store);
      await second.commit({ leave: true });
      await first.commit({ gives: [[3, 2]] });
      assert.deepInclude(await store.acquire(first.incarnation, { suspicious: true }), {
        partition: 3,
        epoch: 3,
        crashes: 0,
      });
    });

    it('that is dead takes nothing', async () => {
      const { incarnation } = await TestWorker.join(scene.store);
      await scene.store.retire(incarnation);
      assert.instanceOf(await failure(scene.store.acquire(incarnation)), LeaseLostError);
      const next = await TestWorker.join(scene.store);
      assert.equal((await scene.store.acquire(next.incarnation))[0]!.epoch, 1);
    });

    it('that leaves is dead, and its partitions have no owner', async () => {
      const worker = await TestWorker.start(scene.store);
      await worker.commit({ inbox: [message(1)], leave: true });
      assert.instanceOf(await failure(worker.commit()), LeaseLostError);
      assert.deepEqual(await scene.store.retire(worker.incarnation), { seq: 1 });
      const next = await TestWorker.join(scene.store);
      assert.deepEqual(
        await scene.store.acquire(next.incarnation),
        everyPartition.map((partition) => ({ partition, epoch: 2, crashes: 0 })),
      );
      assert.deepEqual(ids((await next.poll()).rows), [1]);
    });

    it('does not leave with a batch that is refused', async () => {
      const worker = await TestWorker.start(scene.store);
      await failure(worker.commit({ consumed: [404], leave: true }));
      await worker.commit({ inbox: [message(1)] });
      assert.deepEqual(ids((await worker.poll()).rows), [1]);
    });
  });

  describe('workers side by side', () => {
    it('commit in turn, each with its own numbers', async () => {
      const first = await TestWorker.start(scene.store);
      const second = await TestWorker.join(scene.store);
      await first.commit();
      await second.commit();
      await first.commit();
    });

    it('do not take from the living, and append to each other', async () => {
      const first = await TestWorker.start(scene.store);
      const second = await TestWorker.start(scene.store);
      assert.isEmpty(await scene.store.acquire(second.incarnation));
      await second.commit({ inbox: [message(1)] });
      assert.deepEqual(ids((await first.poll()).rows), [1]);
      assert.isEmpty((await second.poll()).rows);
    });

    it('in several processes see what the other committed', async () => {
      const other = scene.database.store();
      await other.open();
      const first = await TestWorker.start(scene.store);
      const second = await TestWorker.join(other);
      await second.commit({ inbox: [message(1)] });
      assert.deepEqual(ids((await first.poll()).rows), [1]);
      await other.close();
    });

    it('can outlive the lease of another: only `takeOver` ends it', async () => {
      const first = await TestWorker.start(scene.store);
      scene.database.clock.nowMs = epochMs + 3_600_000;
      const second = await TestWorker.start(scene.store);
      assert.isEmpty(await scene.store.acquire(second.incarnation));
      await scene.store.takeOver(first.incarnation, 0);
      assert.lengthOf(await scene.store.acquire(second.incarnation), 8);
    });
  });

  describe('a store that is closed', () => {
    it('can be closed again', async () => {
      await scene.store.close();
      await scene.store.close();
    });

    it('does nothing any more', async () => {
      const worker = await TestWorker.start(scene.store);
      await scene.store.close();
      assert.instanceOf(await failure(worker.commit({ inbox: [message(1)] })), StorageError);
      assert.instanceOf(await failure(worker.poll()), StorageError);
    });
  });
}
