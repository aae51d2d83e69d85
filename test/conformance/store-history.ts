import { assert } from 'chai';
import type { InstanceRow } from '../../src/engines/sql/ports/store.js';
import { TestWorker, epochMs, instance, put } from './harness.js';
import type { Scene } from './store.js';

export function historyConformance(scene: Scene): void {
  describe('history', () => {
    it('is read by execution, ordered by chunk', async () => {
      const worker = await TestWorker.start(scene.store);
      const chunk = (execution: string, n: number) => ({ instance: 'run', execution, chunk: n, events: `[${n}]` });
      await worker.commit({ history: [chunk('x', 10), chunk('x', 9), chunk('y', 0), chunk('x', 0)] });
      assert.deepEqual(await scene.store.loadHistory('run', 'x'), [chunk('x', 0), chunk('x', 9), chunk('x', 10)]);
      assert.deepEqual(await scene.store.loadHistory('run', 'y'), [chunk('y', 0)]);
      assert.isEmpty(await scene.store.loadHistory('run', 'z'));
      assert.isEmpty(await scene.store.loadHistory('walk', 'x'));
    });

    it('G5: is read by its first chunk for many executions at once, and those without one are left out', async () => {
      const worker = await TestWorker.start(scene.store);
      const chunk = (id: string, execution: string, n: number) => ({
        instance: id,
        execution,
        chunk: n,
        events: `["${id} ${execution} ${n}"]`,
      });
      const many = Array.from({ length: 1_200 }, (_, n) => `many ${n}`);
      await worker.commit({
        history: [
          chunk('a', 'x', 1),
          chunk('a', 'x', 0),
          chunk('a', 'y', 0),
          chunk('b', 'x', 1),
          chunk('x', 'a', 0),
          ...many.map((id) => chunk(id, 'x', 0)),
        ],
      });
      const load = async (...keys: [string, string][]) => {
        const found = await scene.store.loadFirstChunks(keys.map(([id, execution]) => ({ instance: id, execution })));
        return found.toSorted((p, q) => (p.events < q.events ? -1 : 1));
      };
      assert.deepEqual(await load(['a', 'x'], ['b', 'x'], ['none', 'x'], ['x', 'a'], ['a', 'x'], ['a', 'z']), [
        chunk('a', 'x', 0),
        chunk('x', 'a', 0),
      ]);
      assert.lengthOf(await load(...many.map((id): [string, string] => [id, 'x'])), many.length);
      assert.isEmpty(await load());
      await worker.commit({ historyDeleted: ['a'] });
      assert.isEmpty(await load(['a', 'x'], ['a', 'y']));
    });

    it('of an instance is deleted with all its executions, before the new chunks of the batch are added', async () => {
      const worker = await TestWorker.start(scene.store);
      const chunk = (instanceId: string, execution: string) => ({
        instance: instanceId,
        execution,
        chunk: 0,
        events: '[]',
      });
      await worker.commit({ history: [chunk('run', 'x'), chunk('run', 'y'), chunk('other', 'x')] });
      await worker.commit({ historyDeleted: ['run'], history: [{ ...chunk('run', 'x'), events: '["new"]' }] });
      assert.deepEqual(await scene.store.loadHistory('run', 'x'), [{ ...chunk('run', 'x'), events: '["new"]' }]);
      assert.isEmpty(await scene.store.loadHistory('run', 'y'));
      assert.lengthOf(await scene.store.loadHistory('other', 'x'), 1);
    });

    describe('of an orchestration that begins and ends in one batch', () => {
      const events = '[["s",1],"\\n","\u2028 \u{1F600}"]';
      const chunk = (execution: string, n = 0) => ({ instance: 'run', execution, chunk: n, events });
      const ended = (differences: Partial<InstanceRow> = {}) =>
        put('run', {
          kind: 'orchestration',
          key: '',
          status: 'completed',
          endedAtMs: epochMs,
          endedActiveMs: 7,
          ...differences,
        });
      const times = { hubTimeMs: epochMs, activeMs: 7 };

      for (const [what, parent] of [
        ['without a parent', null],
        ['of a parent', 'parent'],
      ] as const)
        it(`${what} is read like any other, by execution and by first chunk`, async () => {
          const worker = await TestWorker.start(scene.store);
          await worker.commit({ ...times, instances: [ended({ parent })], history: [chunk('x')] });
          const { store } = scene;
          assert.deepEqual(await store.loadHistory('run', 'x'), [chunk('x')]);
          for (const other of ['', 'x\n', 'xx', 'y']) assert.isEmpty(await store.loadHistory('run', other));
          const keys = ['x', 'x', 'y'].map((execution) => ({ instance: 'run', execution }));
          assert.deepEqual(await store.loadFirstChunks(keys), [chunk('x')]);
          assert.deepEqual(await store.loadInstances(['run']), [
            instance('run', {
              kind: 'orchestration',
              key: '',
              status: 'completed',
              endedAtMs: epochMs,
              endedActiveMs: 7,
              parent,
            }),
          ]);
        });

      it('is deleted with all others, when it is started again and when its row is deleted', async () => {
        const worker = await TestWorker.start(scene.store);
        const { store } = scene;
        await worker.commit({ ...times, instances: [ended()], history: [chunk('x')] });
        const again = { instances: [ended({ version: 2 })], historyDeleted: ['run'], history: [chunk('y')] };
        await worker.commit({ ...times, ...again });
        assert.isEmpty(await store.loadHistory('run', 'x'));
        assert.deepEqual(await store.loadHistory('run', 'y'), [chunk('y')]);
        await worker.commit({ instances: [{ op: 'delete', id: 'run', version: 2 }], historyDeleted: ['run'] });
        for (const execution of ['x', 'y']) assert.isEmpty(await store.loadHistory('run', execution));
        await worker.commit({ ...times, instances: [ended()], history: [chunk('x')] });
        await worker.commit({ instances: [{ op: 'delete', id: 'run', version: 1 }], historyDeleted: ['run'] });
        assert.isEmpty(await store.loadHistory('run', 'x'));
      });

      it('is that of its last execution, if it began anew in the batch', async () => {
        const worker = await TestWorker.start(scene.store);
        const { store } = scene;
        await worker.commit({ ...times, instances: [ended()], historyDeleted: ['run'], history: [chunk('y')] });
        assert.deepEqual(await store.loadHistory('run', 'y'), [chunk('y')]);
      });

      it('has further chunks, and chunks of executions whose names have line feeds', async () => {
        const worker = await TestWorker.start(scene.store);
        const { store } = scene;
        const history = [chunk('a\nb'), chunk('x', 1), chunk('x')];
        await worker.commit({ ...times, instances: [ended()], history });
        assert.deepEqual(await store.loadHistory('run', 'x'), [chunk('x'), chunk('x', 1)]);
        assert.deepEqual(await store.loadHistory('run', 'a\nb'), [chunk('a\nb')]);
        assert.isEmpty(await store.loadHistory('run', 'a'));
      });
    });
  });

  describe('a later write of an instance', () => {
    it('changes state, meta, status and end, and keeps what is fixed at the start', async () => {
      const worker = await TestWorker.start(scene.store);
      const { store } = scene;
      const run = { kind: 'orchestration', key: '', status: 'running', parent: 'parent', createdAtMs: 3 } as const;
      await worker.commit({ instances: [put('@a@a', { createdAtMs: 3 }), put('run', run)] });
      const now = { version: 2, state: '2', updatedAtMs: epochMs + 9, createdAtMs: 3 };
      const end = { status: 'failed', endedAtMs: epochMs + 9, endedActiveMs: 8 };
      const writes = [
        put('@a@a', { ...now, meta: '{}', sameStart: true, sameStatus: true }),
        put('run', { ...run, ...now, ...end, sameStart: true }),
      ];
      await worker.commit({ hubTimeMs: epochMs + 9, activeMs: 8, instances: writes });
      assert.deepEqual(await store.loadInstances(['@a@a']), [instance('@a@a', { ...now, meta: '{}' })]);
      assert.deepEqual(await store.loadInstances(['run']), [instance('run', { ...run, ...now, ...end })]);
      // It runs again, as after a rewind.
      const rewound = { ...run, ...now, version: 3, updatedAtMs: epochMs + 20 };
      const released = { ...now, version: 3, state: null, updatedAtMs: epochMs + 20 };
      const next = [
        put('@a@a', { ...released, sameStart: true, sameStatus: true }),
        put('run', { ...rewound, sameStart: true }),
      ];
      await worker.commit({ hubTimeMs: epochMs + 20, activeMs: 9, instances: next });
      assert.deepEqual(await store.loadInstances(['@a@a']), [instance('@a@a', released)]);
      assert.deepEqual(await store.loadInstances(['run']), [instance('run', rewound)]);
      const later = { ...rewound, version: 4, state: '3', updatedAtMs: epochMs + 30 };
      const last = [put('run', { ...later, sameStart: true, sameStatus: true })];
      await worker.commit({ hubTimeMs: epochMs + 30, activeMs: 9, instances: last });
      assert.deepEqual(await store.loadInstances(['run']), [instance('run', later)]);
    });
  });
}
