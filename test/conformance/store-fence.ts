import { assert } from 'chai';
import { LeaseLostError } from '../../src/errors/index.js';
import { TestWorker, epochMs, failure, message, put } from './harness.js';
import type { Scene } from './store.js';

export function fenceConformance(scene: Scene): void {
  describe('the fence', () => {
    it('lets the commits of a living worker pass, one after the other from 1', async () => {
      const worker = await TestWorker.start(scene.store);
      await worker.commit({ inbox: [message(1)] });
      await worker.commit({ inbox: [message(2)] });
      assert.deepEqual(await scene.store.retire(worker.incarnation), { seq: 2 });
    });

    it('refuses a commit of a retired worker', async () => {
      const worker = await TestWorker.start(scene.store);
      await worker.commit();
      await scene.store.retire(worker.incarnation);
      const error = await failure(worker.commit({ instances: [put('@a@a')] }));
      assert.instanceOf(error, LeaseLostError);
      assert.include(error, { incarnation: worker.incarnation, heldSeq: 2, code: 'DE_LEASE_LOST' });
      assert.isEmpty(await scene.store.loadInstances(['@a@a']));
    });

    it('refuses a commit that was applied before', async () => {
      const worker = await TestWorker.start(scene.store);
      const batch = worker.batch({ inbox: [message(1)] });
      await scene.store.commit(batch);
      assert.instanceOf(await failure(scene.store.commit(batch)), LeaseLostError);
    });

    it('refuses a commit that skips a number', async () => {
      const worker = await TestWorker.start(scene.store);
      assert.instanceOf(await failure(scene.store.commit(worker.batch({ seq: 2 }))), LeaseLostError);
      await worker.commit();
    });

    it('refuses a commit of a worker that never joined', async () => {
      const worker = await TestWorker.start(scene.store);
      assert.instanceOf(await failure(scene.store.commit(worker.batch({ incarnation: 99 }))), LeaseLostError);
    });

    it('is looked at before anything else: a dead worker hears of its lease, not of a missing row', async () => {
      const worker = await TestWorker.start(scene.store);
      await scene.store.retire(worker.incarnation);
      assert.instanceOf(await failure(worker.commit({ consumed: [404] })), LeaseLostError);
    });

    it('leaves the number where it was when it refuses, and the worker that holds it can go on', async () => {
      const worker = await TestWorker.start(scene.store);
      await failure(scene.store.commit(worker.batch({ seq: 7 })));
      await worker.commit();
      assert.deepEqual(await scene.store.retire(worker.incarnation), { seq: 1 });
    });

    it('tells by the final number whether a commit of unknown outcome was applied', async () => {
      const worker = await TestWorker.start(scene.store);
      const [outcome, retired] = await Promise.allSettled([
        worker.commit({ inbox: [message(1)] }),
        scene.store.retire(worker.incarnation),
      ]);
      assert.equal(retired.status, 'fulfilled');
      const seq = retired.status === 'fulfilled' ? retired.value.seq : -1;
      assert.equal(seq, outcome.status === 'fulfilled' ? 1 : 0);
    });

    it('is closed by retiring, as often as one likes, and the final number stays', async () => {
      const worker = await TestWorker.start(scene.store);
      await worker.commit();
      const first = await scene.store.retire(worker.incarnation);
      await failure(worker.commit());
      assert.deepEqual(first, { seq: 1 });
      assert.deepEqual(await scene.store.retire(worker.incarnation), first);
    });

    it('is renewed by an empty batch, which answers with the time of the database', async () => {
      const worker = await TestWorker.start(scene.store);
      scene.database.clock.nowMs = epochMs + 5000;
      assert.deepEqual(await worker.commit(), { nowMs: epochMs + 5000 });
      assert.deepEqual(await scene.store.retire(worker.incarnation), { seq: 1 });
    });

    it('cares for life and number only: a lease that ran out refuses nothing by itself', async () => {
      const worker = await TestWorker.start(scene.store);
      scene.database.clock.nowMs = epochMs + 3_600_000;
      await worker.commit();
    });
  });
}
