import { assert } from 'chai';
import { LeaseLostError } from '../../src/errors/index.js';
import type { CommitBatch } from '../../src/engines/sql/ports/store.js';
import { StoreRefusedError } from '../../src/engines/sql/ports/store-errors.js';
import { TestWorker, epochMs, failure, ids, message, put, receipt } from './harness.js';
import type { Scene } from './store.js';

export function clientConformance(scene: Scene): void {
  describe('a client', () => {
    it('appends to the inbox in the order sent, and the worker finds it', async () => {
      const worker = await TestWorker.start(scene.store);
      const client = await TestWorker.join(scene.store, [], 'client');
      await client.commit({ inbox: [message(3), message(1)] });
      await worker.commit({ inbox: [message(4)] });
      await client.commit({ inbox: [message(2)] });
      assert.deepEqual(ids((await worker.poll()).rows), [3, 1, 4, 2]);
    });

    it('appends while there is no worker', async () => {
      const client = await TestWorker.join(scene.store, [], 'client');
      await client.commit({ inbox: [message(1)] });
      const worker = await TestWorker.start(scene.store);
      assert.deepEqual(ids(await worker.backlog()), [1]);
    });

    it('is fenced as a worker is', async () => {
      const client = await TestWorker.join(scene.store, [], 'client');
      const batch = client.batch({ inbox: [message(1)] });
      await scene.store.commit(batch);
      assert.instanceOf(await failure(scene.store.commit(batch)), LeaseLostError);
      assert.deepEqual(await scene.store.retire(client.incarnation), { seq: 1 });
      client.seq = 1;
      assert.instanceOf(await failure(client.commit({ inbox: [message(2)] })), LeaseLostError);
    });

    it('deletes receipts, and passes over those that are gone', async () => {
      const worker = await TestWorker.start(scene.store);
      await worker.commit({ receipts: [receipt('a'), receipt('b'), receipt('a', { target: '@other@a' })] });
      const client = await TestWorker.join(scene.store, [], 'client');
      const key = (requestId: string) => ({ target: '@counter@a', requestId });
      await client.commit({ receiptsDeleted: [key('a'), key('none')] });
      assert.deepEqual(await scene.store.loadReceipts([key('a'), key('b')]), [receipt('b')]);
      assert.lengthOf(await scene.store.loadReceipts([{ target: '@other@a', requestId: 'a' }]), 1);
    });

    it('leaves', async () => {
      const client = await TestWorker.join(scene.store, [], 'client');
      await client.commit({ leave: true });
      assert.isFalse((await scene.store.scanWorkers({ limit: 1 }))[0]?.alive);
    });

    const others: Partial<CommitBatch>[] = [
      { consumed: [1] },
      { adopted: [[1, 1]] },
      { attempted: [[1, 1]] },
      { instances: [put('@a@a')] },
      { instances: [put('@old@a', { version: 2 })] },
      { instances: [{ op: 'delete', id: '@old@a', version: 1 }] },
      { history: [{ instance: 'i', execution: 'x', chunk: 0, events: '[]' }] },
      { historyDeleted: ['i'] },
      { receipts: [receipt('a')] },
      { deadLetters: [{ id: 9, target: '@a@a', body: '{}', attempts: 3, reason: 'r', atMs: epochMs, activeMs: 1 }] },
      { deadLettersDeleted: [9] },
      { healthy: [0] },
      { gives: [[0, 0]] },
      { named: [['@old@a', 'n', 5]] },
      { named: [['@old@a', 'n', null]] },
      { receiptsExpired: { keys: [receipt('a')], beforeMs: epochMs + 1 } },
      { workersEnded: [[9, 0]] },
      { workersDeleted: [9] },
      { instances: [put('r', { tags: [['a', 'b']] })] },
    ];
    for (const effects of others)
      it(`does nothing else: ${JSON.stringify(effects).slice(0, 60)}`, async () => {
        const worker = await TestWorker.start(scene.store);
        await worker.commit({ inbox: [message(1)], instances: [put('@old@a')], receipts: [receipt('a')] });
        const client = await TestWorker.join(scene.store, [], 'client');
        const error = await failure(client.commit({ inbox: [message(2)], ...effects }));
        assert.instanceOf(error, StoreRefusedError);
        assert.include(error.message, 'only appends');
        assert.deepEqual(ids((await worker.poll()).rows), [1]);
        await client.commit({ inbox: [message(2)] });
      });
  });
}
