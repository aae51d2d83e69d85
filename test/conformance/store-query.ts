import { assert } from 'chai';
import type { InstanceFilter, InstanceRow, Tag } from '../../src/engines/sql/ports/store.js';
import { TestWorker, epochMs, instance, put } from './harness.js';
import type { Scene } from './store.js';

const runs = { kind: 'orchestration' } as const;
const entities = { kind: 'entity' } as const;

function entity(name: string, key: string, differences: Partial<InstanceRow> = {}): InstanceRow {
  return instance(`@${name}@${key}`, { name, key, ...differences });
}

function run(id: string, differences: Partial<InstanceRow> = {}): InstanceRow {
  return instance(id, { kind: 'orchestration', name: 'Flow', key: '', status: 'running', ...differences });
}

export function queryConformance(scene: Scene): void {
  describe('a query', () => {
    async function stored(rows: readonly InstanceRow[]): Promise<void> {
      const worker = await TestWorker.start(scene.store);
      await worker.commit({ instances: rows.map((row) => ({ op: 'put', ...row })) });
    }

    async function found(filter: InstanceFilter): Promise<string[]> {
      const rows = await scene.store.queryInstances(filter, { limit: 1000, withState: true });
      const counts = await scene.store.countInstances(filter);
      assert.equal(
        counts.reduce((sum, { count }) => sum + count, 0),
        rows.length,
        'what countInstances says',
      );
      return rows.map(({ id }) => id);
    }

    it('gives rows of one kind, ordered by id as bytes', async () => {
      await stored([
        run('b'),
        run('B'),
        run('\u{1F600}'),
        run('\uFFFD'),
        run('é'),
        run('Z'),
        run('!'),
        entity('e', 'k'),
      ]);
      assert.deepEqual(await found(runs), ['!', 'B', 'Z', 'b', 'é', '\uFFFD', '\u{1F600}']);
      assert.deepEqual(await found(entities), ['@e@k']);
    });

    it('gives whole rows, without the state when it is not asked for', async () => {
      const rows = [entity('e', 'k', { state: '{"a":1}', meta: '{"lock":null}' }), run('r', { state: '{}' })];
      await stored(rows);
      for (const row of rows) {
        const filter = { kind: row.kind };
        assert.deepEqual(await scene.store.queryInstances(filter, { limit: 9, withState: true }), [row]);
        assert.deepEqual(await scene.store.queryInstances(filter, { limit: 9, withState: false }), [
          { ...row, state: null },
        ]);
      }
    });

    it('takes names exactly', async () => {
      await stored([
        entity('store', 'a'),
        entity('store2', 'a'),
        run('1', { name: 'Flow' }),
        run('2', { name: 'flow' }),
      ]);
      assert.deepEqual(await found({ ...entities, name: 'store' }), ['@store@a']);
      assert.deepEqual(await found({ ...runs, name: 'Flow' }), ['1']);
      assert.deepEqual(await found({ ...runs, name: '' }), []);
    });

    for (const [what, prefix] of Object.entries({
      'wildcards of LIKE': '%_',
      'a wildcard of GLOB': '*?[a]',
      quotes: `'"`,
      'the last character before the surrogates': '\ud7ff',
      'the last character of all': 'x\u{10FFFF}',
      'an emoji': '\u{1F600}',
      'a capital letter': 'A',
    }))
      it(`takes a prefix as it is written: ${what}`, async () => {
        const keys = [
          '',
          'a',
          'zz',
          '\uFFFD',
          `a${prefix}`,
          prefix,
          `${prefix}\u0001`,
          `${prefix}z`,
          `${prefix}\u{10FFFF}`,
        ];
        await stored([...keys.map((key) => entity('e', key)), ...keys.slice(1).map((key) => run(key))]);
        const expected = keys.filter((key) => key.startsWith(prefix));
        assert.sameMembers(
          await found({ ...entities, name: 'e', keyPrefix: prefix }),
          expected.map((key) => `@e@${key}`),
        );
        assert.sameMembers(
          await found({ ...entities, idPrefix: `@e@${prefix}` }),
          expected.map((key) => `@e@${key}`),
        );
        assert.sameMembers(await found({ ...runs, idPrefix: prefix }), expected);
      });

    it('takes one status, several, or none at all', async () => {
      await stored([run('a'), run('b', { status: 'failed' }), run('c', { status: 'completed' })]);
      assert.deepEqual(await found({ ...runs, statuses: ['failed'] }), ['b']);
      assert.deepEqual(await found({ ...runs, statuses: ['failed', 'running'] }), ['a', 'b']);
      assert.deepEqual(await found({ ...runs, statuses: [] }), []);
    });

    it('takes times from (included) and to (not included)', async () => {
      const at = (ms: number): Partial<InstanceRow> => ({ createdAtMs: epochMs + ms, updatedAtMs: epochMs + 100 + ms });
      await stored([run('a', at(1)), run('b', at(2)), run('c', at(3))]);
      assert.deepEqual(await found({ ...runs, createdFromMs: epochMs + 2 }), ['b', 'c']);
      assert.deepEqual(await found({ ...runs, createdToMs: epochMs + 2 }), ['a']);
      assert.deepEqual(await found({ ...runs, updatedFromMs: epochMs + 102, updatedToMs: epochMs + 103 }), ['b']);
    });

    it('takes when runs ended, and whose children they are; what runs has not ended', async () => {
      const end = (ms: number) => ({ status: 'completed', endedAtMs: epochMs + ms, endedActiveMs: ms });
      await stored([run('a', end(1)), run('b', { ...end(2), parent: 'a' }), run('c', { parent: 'a' }), run('d')]);
      assert.deepEqual(await found({ ...runs, endedBeforeMs: epochMs + 2 }), ['a']);
      assert.deepEqual(await found({ ...runs, endedBeforeMs: epochMs + 3 }), ['a', 'b']);
      assert.deepEqual(await found({ ...runs, parent: 'a' }), ['b', 'c']);
      assert.deepEqual(await found({ ...runs, parent: 'a', statuses: ['completed'] }), ['b']);
      assert.deepEqual(await found({ ...runs, parent: 'a', idPrefix: 'c' }), ['c']);
      assert.deepEqual(await found({ ...runs, parent: 'b' }), []);
      const page = { after: 'b', limit: 9, withState: true };
      assert.lengthOf(await scene.store.queryInstances({ ...runs, parent: 'a' }, page), 1);
    });

    it('takes the tags of runs, each with its value; a later write replaces all or leaves them, and they go with the row', async () => {
      const worker = await TestWorker.start(scene.store);
      const eu = ['region', 'eu'] as const;
      const us = ['region', 'us'] as const;
      const seven = ['customer', '7'] as const;
      await worker.commit({
        instances: [
          put('a', { ...run('a'), tags: [eu, seven] }),
          put('b', { ...run('b'), tags: [eu] }),
          put('c', { ...run('c'), tags: [us, seven] }),
          put('d', run('d')),
        ],
      });
      const tagged = (...tags: Tag[]) => found({ ...runs, tags });
      assert.deepEqual(await tagged(eu), ['a', 'b']);
      assert.deepEqual(await tagged(seven), ['a', 'c']);
      assert.deepEqual(await tagged(eu, seven), ['a']);
      assert.deepEqual(await tagged(['region', 'EU']), []);
      assert.deepEqual(await tagged(['eu', 'region']), []);
      assert.deepEqual(await found({ ...runs, tags: [eu], statuses: ['failed'] }), []);
      assert.deepEqual(await found({ ...runs, tags: [eu], idPrefix: 'b' }), ['b']);
      assert.lengthOf(
        await scene.store.queryInstances({ ...runs, tags: [eu] }, { after: 'a', limit: 9, withState: true }),
        1,
      );
      await worker.commit({
        instances: [
          put('a', run('a', { version: 2 })),
          put('b', { ...run('b', { version: 2 }), tags: [us] }),
          { op: 'delete', id: 'c', version: 1 },
        ],
      });
      assert.deepEqual(await tagged(eu), ['a']);
      assert.deepEqual(await tagged(us), ['b']);
      await worker.commit({ instances: [put('a', { ...run('a', { version: 3 }), tags: [] }), put('c', run('c'))] });
      assert.deepEqual(await tagged(eu), []);
      assert.deepEqual(await tagged(seven), []);
    });

    it('finds runs that ended before an active time by status, the oldest first, and skips as many as it is told', async () => {
      const end = (activeMs: number, status = 'completed') => ({ status, endedAtMs: epochMs, endedActiveMs: activeMs });
      await stored([run('a', end(3)), run('b', end(1)), run('c', end(2)), run('d', end(1, 'failed')), run('e')]);
      const ended = (status: string, beforeActiveMs: number, skip = 0, limit = 9) =>
        scene.store.scanEnded(status, { beforeActiveMs, skip, limit });
      assert.deepEqual(await ended('completed', 3), ['b', 'c']);
      assert.deepEqual(await ended('completed', 9, 0, 2), ['b', 'c']);
      assert.deepEqual(await ended('completed', 9, 2), ['a']);
      assert.deepEqual(await ended('failed', 2), ['d']);
      assert.deepEqual(await ended('running', 9), []);
      const [row] = await scene.store.loadInstances(['a'], false);
      assert.deepEqual(row, run('a', { ...end(3), state: null }));
    });

    it('counts by status what the filter lets pass', async () => {
      await stored([
        run('a'),
        run('b', { status: 'failed', parent: 'a' }),
        run('c', { status: 'completed', endedAtMs: epochMs, endedActiveMs: 1 }),
        run('d', { status: 'failed', name: 'other' }),
        entity('e', 'k'),
      ]);
      const counted = async (filter: InstanceFilter) =>
        (await scene.store.countInstances(filter)).map(({ status, count }) => [status, count]);
      assert.deepEqual(await counted(runs), [['completed', 1], ['failed', 2], ['running', 1]]); // prettier-ignore
      assert.deepEqual(await counted({ ...runs, name: 'other' }), [['failed', 1]]);
      assert.deepEqual(await counted({ ...runs, statuses: ['failed', 'completed'] }), [['completed', 1], ['failed', 2]]); // prettier-ignore
      assert.deepEqual(await counted({ ...runs, parent: 'a' }), [['failed', 1]]);
      assert.deepEqual(await counted({ ...runs, endedBeforeMs: epochMs + 1 }), [['completed', 1]]);
      assert.deepEqual(await counted({ ...runs, statuses: [] }), []);
      assert.deepEqual(await counted(entities), [[null, 1]]);
    });

    it('leaves out rows without a state when it is to', async () => {
      await stored([entity('e', 'here'), entity('e', 'locked', { state: null, meta: '{}' })]);
      assert.deepEqual(await found(entities), ['@e@here', '@e@locked']);
      assert.deepEqual(await found({ ...entities, present: true }), ['@e@here']);
    });

    it('leaves out rows whose time is over when it is to; what cannot be read stays', async () => {
      const expires = (at: number) => ({ meta: JSON.stringify({ expires: at }) });
      await stored([
        entity('e', 'before', expires(epochMs - 1)),
        entity('e', 'broken', { meta: '{"expires":1' }),
        entity('e', 'later', expires(epochMs + 1)),
        entity('e', 'locked', { meta: '{"lock":{"instance":"r"}}' }),
        entity('e', 'now', expires(epochMs)),
        entity('e', 'plain', { meta: null }),
      ]);
      const alive = await found({ ...entities, aliveAtMs: epochMs });
      assert.deepEqual(alive, ['@e@broken', '@e@later', '@e@locked', '@e@plain']);
    });

    it('goes page by page, whatever comes and goes meanwhile', async () => {
      const worker = await TestWorker.start(scene.store);
      const ids = ['a', 'c', 'e', 'g', 'i'];
      await worker.commit({ instances: ids.map((id) => put(id, run(id))) });
      for (const filter of [runs, { ...runs, statuses: ['running'] }, { ...runs, statuses: ['running', 'failed'] }]) {
        const page = (after?: string) =>
          scene.store
            .queryInstances(
              filter,
              after === undefined ? { limit: 2, withState: false } : { after, limit: 2, withState: false },
            )
            .then((rows) => rows.map(({ id }) => id));
        assert.deepEqual(await page(), ['a', 'c']);
        assert.deepEqual(await page('c'), ['e', 'g']);
        assert.deepEqual(await page('d'), ['e', 'g']);
        assert.deepEqual(await page('g'), ['i']);
        assert.deepEqual(await page('i'), []);
      }
      await worker.commit({
        instances: [
          put('b', run('b')),
          { op: 'delete', id: 'c', version: 1 },
          put('g', run('g', { version: 2, status: 'failed' })),
        ],
      });
      const rows = await scene.store.queryInstances(runs, { after: 'c', limit: 9, withState: true });
      assert.deepEqual(
        rows.map(({ id }) => id),
        ['e', 'g', 'i'],
      );
    });
  });
}
