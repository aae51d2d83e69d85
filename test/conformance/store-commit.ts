import { assert } from 'chai';
import { StorageError } from '../../src/errors/index.js';
import type { CommitBatch, Receipt, ReceiptKey } from '../../src/engines/sql/ports/store.js';
import { StoreRefusedError } from '../../src/engines/sql/ports/store-errors.js';
import { TestWorker, epochMs, failure, ids, instance, message, put, receipt } from './harness.js';
import type { Scene } from './store.js';

/** One effect of each kind, none of which collides with what `commitConformance` stored before. */
const effects = {
  consumed: [1],
  adopted: [[2, 0]],
  instances: [{ op: 'delete', id: '@a@gone', version: 1 }, put('@a@kept', { version: 2, state: '2' }), put('@a@new')],
  history: [{ instance: 'run', execution: 'x', chunk: 1, events: '[1]' }],
  historyDeleted: ['over'],
  inbox: [message(10)],
  receipts: [receipt('new')],
  receiptsExpired: { keys: [receipt('old')], beforeMs: epochMs - 1 },
} satisfies Partial<CommitBatch>;

export function commitConformance(scene: Scene): void {
  describe('a batch', () => {
    let worker: TestWorker;

    /** All that a reader can see of the rows that the tests below write. */
    async function visible(): Promise<unknown> {
      const { store } = scene;
      const instances = await store.loadInstances(['@a@gone', '@a@kept', '@a@new']);
      return {
        instances: instances.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        runs: [await store.loadHistory('run', 'x'), await store.loadHistory('over', 'x')],
        receipts: await loadReceipts([receipt('new'), receipt('old')]),
        // A server may leave out numbers. The order is what counts.
        inbox: (await worker.backlog()).map((row) => ({ ...row, seq: 0 })),
      };
    }

    async function loadReceipts(keys: readonly ReceiptKey[]): Promise<Receipt[]> {
      return (await scene.store.loadReceipts(keys)).toSorted((a, b) => (a.requestId < b.requestId ? -1 : 1));
    }

    beforeEach(async () => {
      worker = await TestWorker.start(scene.store);
      await worker.commit({
        instances: [put('@a@gone'), put('@a@kept')],
        history: [
          { instance: 'over', execution: 'x', chunk: 0, events: '[0]' },
          { instance: 'run', execution: 'x', chunk: 0, events: '[0]' },
        ],
        inbox: [message(1), message(2)],
        receipts: [receipt('old', { atMs: epochMs - 2 })],
      });
    });

    it('makes all its effects visible together', async () => {
      await worker.commit(effects);
      assert.deepEqual(await visible(), {
        instances: [instance('@a@kept', { version: 2, state: '2' }), instance('@a@new')],
        runs: [
          [
            { instance: 'run', execution: 'x', chunk: 0, events: '[0]' },
            { instance: 'run', execution: 'x', chunk: 1, events: '[1]' },
          ],
          [],
        ],
        receipts: [receipt('new')],
        inbox: [
          { ...message(2, { arrival: 0 }), seq: 0, attempts: 0 },
          { ...message(10), seq: 0, attempts: 0 },
        ],
      });
    });

    it('survives the end of the process', async () => {
      await worker.commit(effects);
      const before = await visible();
      await scene.reopen();
      await scene.store.retire(worker.incarnation);
      worker = await TestWorker.start(scene.store);
      assert.deepEqual(await visible(), before);
    });

    const refusals: Record<string, Partial<CommitBatch>> = {
      'consumes a row that is missing': { consumed: [1, 404] },
      'consumes a row twice': { consumed: [1, 1] },
      'adopts a row that is missing': { adopted: [[2, 0], [404, 1]] }, // prettier-ignore
      'adopts a row twice': { adopted: [[2, 0], [2, 1]] }, // prettier-ignore
      'adopts a row that it consumes': { consumed: [1], adopted: [[1, 0]] },
      'creates an instance that exists': { instances: [put('@a@kept')] },
      'changes an instance that does not exist': { instances: [put('@a@new', { version: 2 })] },
      'changes an instance from an older version': { instances: [put('@a@kept', { version: 3 })] },
      'changes an instance to the version it has': { instances: [put('@a@kept', { version: 1 })] },
      'deletes an instance that does not exist': { instances: [{ op: 'delete', id: '@a@new', version: 1 }] },
      'deletes an instance of another version': { instances: [{ op: 'delete', id: '@a@gone', version: 2 }] },
      'repeats a history chunk': { history: [{ instance: 'run', execution: 'x', chunk: 0, events: '[]' }] },
      'repeats the id of an inbox row': { inbox: [message(11), message(2)] },
      'holds an inbox row twice': { inbox: [message(11), message(11)] },
    };
    for (const [what, effect] of Object.entries(refusals))
      it(`that ${what} is refused whole, and the worker can commit something else instead`, async () => {
        const before = await visible();
        const error = await failure(worker.commit({ ...effects, ...effect }));
        assert.instanceOf(error, StoreRefusedError);
        assert.instanceOf(error, StorageError);
        assert.equal(error.code, 'DE_STORAGE_REFUSED');
        assert.deepEqual(await visible(), before);
        await worker.commit(effects);
      });

    it('that is refused says which row was missing', async () => {
      assert.include(((await failure(worker.commit({ consumed: [1, 404] }))) as Error).message, '404');
      assert.include(((await failure(worker.commit({ adopted: [[405, 0]] }))) as Error).message, '405');
      const outdated = (await failure(worker.commit({ instances: [put('@a@kept')] }))) as Error;
      assert.match(outdated.message, /"@a@kept" has version 1, not 0/);
    });

    it('that fails its fence changes nothing at all', async () => {
      const before = await visible();
      await failure(scene.store.commit(worker.batch({ ...effects, seq: worker.seq + 2 })));
      assert.deepEqual(await visible(), before);
    });

    it('may consume a row and send one with the same id again', async () => {
      await worker.commit({ consumed: [1], inbox: [message(1, { body: '"again"' })] });
      assert.deepEqual(
        (await worker.backlog()).map((row) => [row.id, row.body]),
        [
          [2, '{"n":2}'],
          [1, '"again"'],
        ],
      );
    });

    it('holds 5,000 rows of each kind', async () => {
      const numbers = Array.from({ length: 5000 }, (_, n) => n);
      const names = numbers.map((n) => `@b@${String(n).padStart(4, '0')}`);
      await worker.commit({
        instances: names.map((name) => put(name)),
        inbox: numbers.map((n) => message(100 + n)),
        receipts: numbers.map((n) => receipt(`r${n}`)),
        history: numbers.map((chunk) => ({ instance: 'long', execution: 'x', chunk, events: '[]' })),
      });
      await worker.commit({
        instances: names.map((name, n) => (n % 2 ? put(name, { version: 2 }) : { op: 'delete', id: name, version: 1 })),
        adopted: numbers.filter((n) => n % 2).map((n) => [100 + n, n]),
        consumed: numbers.filter((n) => n % 2 === 0).map((n) => 100 + n),
        historyDeleted: ['long'],
      });
      assert.lengthOf(await scene.store.loadInstances(names), 2500);
      assert.lengthOf(await loadReceipts(numbers.map((n) => receipt(`r${n}`))), 5000);
      assert.lengthOf(await worker.backlog(), 2502);
      assert.isEmpty(await scene.store.loadHistory('long', 'x'));
    });
  });

  describe('names of signals', () => {
    let worker: TestWorker;
    beforeEach(async () => {
      worker = await TestWorker.start(scene.store);
      await worker.commit({ instances: [put('@a@a'), put('@a@b')] });
    });

    const stored = async (...entities: string[]) =>
      (await scene.store.loadNamedSignals(entities))
        .map(({ entity, name, row }) => [entity, name, row] as const)
        .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

    it('G7: are written, replaced and removed one by one, and belong to their entity', async () => {
      const odd = ['', 'R', '__proto__', '\u{1F600} "\\', "'; --"] as const;
      await worker.commit({ named: [['@a@a', 'r', -(2 ** 53) + 7], ['@a@b', 'r', 2]] }); // prettier-ignore
      await worker.commit({ named: odd.map((name, index) => ['@a@b', name, 10 + index] as const) });
      assert.deepEqual(await stored('@a@a', '@a@none', '@a@a'), [['@a@a', 'r', -(2 ** 53) + 7]]);
      await worker.commit({ named: [['@a@a', 'r', 3], ['@a@a', 's', 4], ['@a@b', 'r', null], ['@a@b', 'none', null]] }); // prettier-ignore
      assert.deepEqual(await stored('@a@a'), [['@a@a', 'r', 3], ['@a@a', 's', 4]]); // prettier-ignore
      assert.sameDeepMembers(
        await stored('@a@b'),
        odd.map((name, index) => ['@a@b', name, 10 + index] as const),
      );
      assert.isEmpty(await stored());
    });

    it('G7: stay when their entity is written, and are deleted with its row', async () => {
      await worker.commit({ named: [['@a@a', 'r', 1], ['@a@b', 'r', 2]] }); // prettier-ignore
      await worker.commit({ instances: [put('@a@a', { version: 2 })] });
      assert.lengthOf(await stored('@a@a'), 1);
      await worker.commit({ instances: [{ op: 'delete', id: '@a@a', version: 2 }] });
      assert.deepEqual(await stored('@a@a', '@a@b'), [['@a@b', 'r', 2]]);
    });

    it('G7: change only with the whole batch', async () => {
      await worker.commit({ named: [['@a@a', 'r', 1]] });
      const refused = { named: [['@a@a', 'r', null], ['@a@a', 's', 2]], consumed: [99] } as const; // prettier-ignore
      assert.instanceOf(await failure(worker.commit(refused)), StoreRefusedError);
      assert.deepEqual(await stored('@a@a'), [['@a@a', 'r', 1]]);
      const late = worker.batch({ named: [['@a@a', 'r', null]] });
      await scene.store.retire(worker.incarnation);
      await failure(scene.store.commit(late));
      await scene.reopen();
      assert.deepEqual(await stored('@a@a'), [['@a@a', 'r', 1]]);
    });
  });

  describe('instances', () => {
    it('are loaded by id, each once, and absent ones are left out', async () => {
      const worker = await TestWorker.start(scene.store);
      await worker.commit({ instances: [put('@a@a'), put('@a@b')] });
      const loaded = await scene.store.loadInstances(['@a@b', '@a@none', '@a@b']);
      assert.deepEqual(loaded, [instance('@a@b')]);
      assert.isEmpty(await scene.store.loadInstances([]));
    });

    it('keep every field, and each write replaces all that do not follow from the id', async () => {
      const worker = await TestWorker.start(scene.store);
      const first = instance('run', {
        kind: 'orchestration',
        key: '',
        status: 'Running',
        meta: '{"a":1}',
        state: null,
      });
      await worker.commit({ instances: [{ op: 'put', ...first }] });
      assert.deepEqual(await scene.store.loadInstances(['run']), [first]);
      const second = instance('run', {
        kind: 'orchestration',
        name: 'other',
        key: '',
        version: 2,
        state: '{}',
        meta: null,
        status: null,
        createdAtMs: epochMs + 1,
        updatedAtMs: epochMs + 2,
      });
      await worker.commit({ instances: [{ op: 'put', ...second }] });
      assert.deepEqual(await scene.store.loadInstances(['run']), [second]);
    });

    it('begin at version 1 again after they were deleted', async () => {
      const worker = await TestWorker.start(scene.store);
      await worker.commit({ instances: [put('@a@a')] });
      await worker.commit({ instances: [put('@a@a', { version: 2 })] });
      await worker.commit({ instances: [{ op: 'delete', id: '@a@a', version: 2 }] });
      await worker.commit({ instances: [put('@a@a', { state: '"new"' })] });
      assert.deepEqual(await scene.store.loadInstances(['@a@a']), [instance('@a@a', { state: '"new"' })]);
    });
  });

  describe('receipts', () => {
    it('are found by target and request id together', async () => {
      const worker = await TestWorker.start(scene.store);
      const stored = [receipt('1', { outcome: '{"value":1}' }), receipt('1', { target: '@counter@b' })];
      await worker.commit({ receipts: stored });
      const keys = [...stored, receipt('2'), receipt('1', { target: '@counter@c' }), stored[0]!];
      const found = await scene.store.loadReceipts(keys);
      assert.sameDeepMembers([...found], stored);
      assert.isEmpty(await scene.store.loadReceipts([]));
    });

    it('are written over by later ones of the same key, in the same batch too', async () => {
      const worker = await TestWorker.start(scene.store);
      await worker.commit({ receipts: [receipt('1'), receipt('1', { hash: 'b' })] });
      assert.deepEqual(await scene.store.loadReceipts([receipt('1')]), [receipt('1', { hash: 'b' })]);
      const last = receipt('1', { hash: 'c', outcome: '1', atMs: epochMs + 1 });
      await worker.commit({ receipts: [last] });
      assert.deepEqual(await scene.store.loadReceipts([receipt('1')]), [last]);
    });

    it('are all found page by page, ordered by request id and target as bytes', async () => {
      const worker = await TestWorker.start(scene.store);
      const keys = [
        ['a', '@counter@b'],
        ['a', '@counter@a'],
        ['B', '@counter@z'],
        ['\u{1F600}', 'run'],
        ['\uFFFD', 'run'],
        ['', 'run'],
      ] as const;
      await worker.commit({
        receipts: keys.map(([requestId, target], at) => receipt(requestId, { target, atMs: at })),
      });
      const found: unknown[] = [];
      let after: ReceiptKey | undefined;
      for (;;) {
        const page = await scene.store.scanReceipts(after === undefined ? { limit: 2 } : { after, limit: 2 });
        found.push(...page.map(({ requestId, target, atMs }) => [requestId, target, atMs]));
        if (page.length < 2) break;
        after = page.at(-1);
      }
      assert.deepEqual(found, [
        ['', 'run', 5],
        ['B', '@counter@z', 2],
        ['a', '@counter@a', 1],
        ['a', '@counter@b', 0],
        ['\uFFFD', 'run', 4],
        ['\u{1F600}', 'run', 3],
      ]);
    });

    it('expire when they are named and older than the given instant, not at it', async () => {
      const worker = await TestWorker.start(scene.store);
      const old = receipt('old', { atMs: epochMs - 1 });
      const young = receipt('young');
      const elsewhere = receipt('old', { atMs: epochMs - 1, target: '@counter@b' });
      const all = [old, young, elsewhere];
      await worker.commit({ receipts: all });
      await worker.commit({ receiptsExpired: { keys: [], beforeMs: epochMs } });
      assert.lengthOf(await scene.store.loadReceipts(all), 3);
      await worker.commit({ receiptsExpired: { keys: [old, young, receipt('none')], beforeMs: epochMs } });
      assert.sameDeepMembers([...(await scene.store.loadReceipts(all))], [young, elsewhere]);
    });
  });

  describe('ids of inbox rows', () => {
    it('are exact up to 2^53 - 1', async () => {
      const worker = await TestWorker.start(scene.store);
      const large = [
        Number.MAX_SAFE_INTEGER,
        Number.MAX_SAFE_INTEGER - 1,
        2 ** 32,
        2 ** 32 + 1,
        Number.MIN_SAFE_INTEGER,
      ];
      await worker.commit({ inbox: large.map((id) => message(id, { dueMs: epochMs })) });
      assert.deepEqual(ids((await worker.poll()).rows), large);
      await worker.commit({ consumed: [large[0]!], adopted: [[large[3]!, Number.MAX_SAFE_INTEGER]] });
      assert.deepEqual(ids(await worker.backlog()), [large[3]!]);
      assert.deepEqual(ids((await worker.poll()).rows), [large[1]!, large[2]!, large[4]!]);
    });
  });
}
