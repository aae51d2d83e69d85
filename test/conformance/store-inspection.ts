import { assert } from 'chai';
import type {
  InboxPart,
  InspectionPage,
  InspectionStore,
  InstanceFilter,
  InstanceRow,
} from '../../src/engines/sql/ports/store.js';
import { epochMs, ids, instance, message, TestWorker } from './harness.js';
import type { Scene } from './store.js';

const runs = { kind: 'orchestration' } as const;
const entities = { kind: 'entity' } as const;

const lock = (by: string) =>
  JSON.stringify({ kind: 'lock', owner: { instance: by, execution: 'x', section: 0 }, at: 5 });
const held = (instanceId: string) => `{"lock":{"instance":${JSON.stringify(instanceId)},"execution":"x","section":0}}`;

function entity(key: string, differences: Partial<InstanceRow> = {}): InstanceRow {
  return instance(`@store@${key}`, { name: 'store', key, ...differences });
}

function run(id: string, differences: Partial<InstanceRow> = {}): InstanceRow {
  return instance(id, { kind: 'orchestration', name: 'Flow', key: '', status: 'running', ...differences });
}

/** The reads of an inspector. */
export function inspectionConformance(scene: Scene): void {
  describe('an inspection', () => {
    let worker: TestWorker;
    let inspection: InspectionStore;

    beforeEach(async () => {
      worker = await TestWorker.start(scene.store);
      inspection = scene.store.inspect();
    });

    const store = (rows: readonly InstanceRow[]) =>
      worker.commit({ instances: rows.map((row) => ({ op: 'put', ...row })) });

    async function pages(filter: InstanceFilter, page: Partial<InspectionPage> = {}): Promise<string[]> {
      const found: string[] = [];
      for (let after = page.after; ;) {
        const rows = await inspection.instances(filter, { descending: false, limit: 2, stateMax: 9, ...page, after });
        for (const { id } of rows) found.push(id);
        if (rows.length < 2) return found;
        after = rows.at(-1)?.id;
      }
    }

    it('gives pages in both orders, between ids', async () => {
      await store([...['a', 'b', 'c', 'd', 'e'].map((key) => entity(key)), run('r1'), run('r2'), run('r3')]);
      const all = ['@store@a', '@store@b', '@store@c', '@store@d', '@store@e'];
      assert.deepEqual(await pages(entities), all);
      assert.deepEqual(await pages(entities, { descending: true }), all.toReversed());
      assert.deepEqual(await pages(entities, { after: all[1] as string, until: all[3] as string }), all.slice(2, 4));
      assert.deepEqual(await pages(entities, { descending: true, after: all[3] as string, until: all[1] as string }), [
        all[2],
        all[1],
      ]);
      assert.deepEqual(await pages(runs, { descending: true }), ['r3', 'r2', 'r1']);
      assert.deepEqual(await pages({ ...runs, statuses: ['running', 'failed'] }, { descending: true, until: 'r2' }), [
        'r3',
        'r2',
      ]);
    });

    it('pages of tags and children have both orders', async () => {
      const tagged = (id: string) => ({ op: 'put' as const, ...run(id, { parent: 'p' }), tags: [['t', 'v'] as const] });
      await worker.commit({ instances: ['r1', 'r2', 'r3'].map(tagged) });
      for (const filter of [
        { ...runs, parent: 'p' },
        { ...runs, tags: [['t', 'v']] as const },
      ]) {
        assert.deepEqual(await pages(filter), ['r1', 'r2', 'r3']);
        assert.deepEqual(await pages(filter, { descending: true }), ['r3', 'r2', 'r1']);
        assert.equal(await inspection.edge(filter, { descending: true, rows: 2 }), 'r2');
      }
    });

    it('cuts states at a number of characters, and tells their length', async () => {
      await store([entity('a', { state: '"\u{1F600}é€x"' }), entity('b', { state: null, meta: held('r') })]);
      const rows = await inspection.instances(entities, { descending: false, limit: 9, stateMax: 3 });
      assert.deepEqual(
        rows.map(({ state, stateLength }) => [state, stateLength]),
        [
          ['"\u{1F600}é', 6],
          [null, null],
        ],
      );
      const [none] = await inspection.instances(entities, { descending: false, limit: 1, stateMax: 0 });
      assert.deepEqual([none?.state, none?.stateLength], ['', 6]);
    });

    it('finds locked entities, those of one holder, and texts in states', async () => {
      await store([
        entity('a', { meta: held('r"1') }),
        entity('b', { meta: held('r') }),
        entity('c', { meta: '{"expires":5}' }),
        entity('d', { state: '{"note":"100% Ärger_"}' }),
      ]);
      const keys = async (filter: Partial<InstanceFilter>) => pages({ ...entities, ...filter });
      assert.deepEqual(await keys({ locked: true }), ['@store@a', '@store@b']);
      assert.deepEqual(await keys({ locked: false }), ['@store@c', '@store@d']);
      assert.deepEqual(await keys({ lockedBy: 'r"1' }), ['@store@a']);
      assert.deepEqual(await keys({ lockedBy: 'r"' }), []);
      assert.deepEqual(await keys({ contains: '0% Ärger_' }), ['@store@d']);
      assert.deepEqual(await keys({ contains: 'ärger' }), []);
    });

    it('finds the id at a place of the index, whatever else is asked for', async () => {
      await store(['a', 'b', 'c', 'd'].map((key) => entity(key)));
      const edge = (filter: Partial<InstanceFilter>, rows: number, after?: string, descending = false) =>
        inspection.edge({ ...entities, ...filter }, { after, descending, rows });
      assert.equal(await edge({}, 2), '@store@b');
      assert.equal(await edge({ locked: true, contains: 'x' }, 2), '@store@b');
      assert.equal(await edge({}, 2, '@store@b'), '@store@d');
      assert.equal(await edge({}, 2, '@store@d', true), '@store@b');
      assert.equal(await edge({}, 5), undefined);
      assert.equal(await edge({ name: 'other' }, 1), undefined);
    });

    it('counts names by status, and finds the orchestration that was idle the longest', async () => {
      await store([
        entity('a'),
        entity('b', { state: null, meta: held('r') }),
        run('r1', { updatedAtMs: epochMs + 2 }),
        run('r2', { updatedAtMs: epochMs + 1 }),
        run('r3', { status: 'failed', updatedAtMs: epochMs }),
      ]);
      const counts = await inspection.countNames();
      assert.sameDeepMembers(
        [...counts],
        [
          { kind: 'entity', name: 'store', status: null, count: 1 },
          { kind: 'orchestration', name: 'Flow', status: 'running', count: 2 },
          { kind: 'orchestration', name: 'Flow', status: 'failed', count: 1 },
        ],
      );
      assert.deepEqual(await inspection.longestIdle(), { id: 'r2', name: 'Flow', updatedAtMs: epochMs + 1 });
    });

    it('gives what waits for a target in three parts, each in its order, page by page', async () => {
      const target = { id: '@counter@a', partition: 0 };
      await worker.commit({
        inbox: [
          message(1, { arrival: 9 }),
          message(2, { arrival: 3, body: '{"kind":"é€"}' }),
          message(3),
          message(4),
          message(5, { dueMs: epochMs + 9 }),
          message(6, { dueMs: epochMs + 3 }),
          message(7, { target: '@counter@b', partition: 0 }),
        ],
      });
      const part = async (name: InboxPart): Promise<number[]> => {
        const found: number[] = [];
        for (let after: readonly [number, number] | undefined; ;) {
          const [row] = await inspection.inbox(target, { part: name, after, limit: 1, bodyMax: 9 });
          if (row === undefined) return found;
          found.push(row.id);
          after = [row.arrival ?? row.dueMs ?? 0, row.seq];
        }
      };
      assert.deepEqual(await part('adopted'), [2, 1]);
      assert.deepEqual(await part('new'), [3, 4]);
      assert.deepEqual(await part('scheduled'), [6, 5]);
      const [cut] = await inspection.inbox(target, { part: 'adopted', limit: 1, bodyMax: 10 });
      assert.deepEqual([cut?.body, cut?.bodyLength], ['{"kind":"é', 13]);
      assert.sameMembers(ids(await inspection.rows([2, 7, 99])), [2, 7]);
    });

    it('counts what waits, and gives lock requests in the order of the queue', async () => {
      const a = { id: '@counter@a', partition: 0 };
      const b = { id: '@counter@b', partition: 1 };
      await worker.commit({
        inbox: [
          message(1, { arrival: 9, body: lock('late') }),
          message(2, { arrival: 3, body: lock('early') }),
          message(3, { arrival: 5 }),
          message(4, { body: lock('new') }),
          message(5, { dueMs: epochMs, body: lock('never') }),
          message(6, { target: b.id, partition: 1 }),
        ],
      });
      assert.sameDeepMembers(
        [...(await inspection.countWaiting([a, b, { id: '@counter@c', partition: 2 }]))],
        [
          { target: a.id, waiting: 4, requests: 3 },
          { target: b.id, waiting: 1, requests: 0 },
        ],
      );
      assert.deepEqual(await inspection.countWaiting([]), []);
      assert.equal(await inspection.countInbox(9), 6);
      assert.equal(await inspection.countInbox(4), 4);
      assert.deepEqual(ids(await inspection.lockRequests([a, b], 2)), [2, 1]);
      assert.deepEqual(ids(await inspection.lockRequests([a, b], 9)), [2, 1, 4]);
      await store([
        entity('a', { id: a.id }),
        entity('b', { id: b.id, partition: 1 }),
        entity('c', { id: '@counter@c', partition: 2 }),
      ]);
      await worker.commit({ inbox: [message(7, { target: '@counter@c', partition: 2, dueMs: epochMs })] });
      assert.deepEqual(await pages({ ...entities, waiting: true }), [a.id, b.id]);
      assert.deepEqual(await pages({ ...entities, waiting: false }), ['@counter@c']);
      assert.deepEqual(await pages({ ...entities, waiting: true }, { descending: true }), [b.id, a.id]);
      assert.deepEqual(await inspection.lockTargets(9), [a]);
      assert.deepEqual(await inspection.lockTargets(0), []);
    });

    it('gives dead letters in both orders, of one target or of one name', async () => {
      const letter = (id: number, target: string) => ({
        id,
        target,
        body: '{"kind":"operation"}',
        attempts: 3,
        reason: 'r',
        atMs: id,
        activeMs: 0,
      });
      const deadLetters = [letter(1, '@a@1'), letter(2, '@a@2'), letter(3, '@ab@1'), letter(4, '@a@1')];
      await worker.commit({ deadLetters });
      const page = { descending: false, limit: 9, bodyMax: 5 };
      const letters = await inspection.deadLetters({ target: '@a@1' }, page);
      assert.deepEqual(letters[0], {
        id: 1,
        target: '@a@1',
        body: '{"kin',
        bodyLength: 20,
        attempts: 3,
        reason: 'r',
        atMs: 1,
      });
      assert.deepEqual(ids(letters), [1, 4]);
      assert.deepEqual(ids(await inspection.deadLetters({ targetPrefix: '@a@' }, page)), [1, 2, 4]);
      const newest = { ...page, descending: true, limit: 2 };
      assert.deepEqual(ids(await inspection.deadLetters({}, newest)), [4, 3]);
      assert.deepEqual(ids(await inspection.deadLetters({}, { ...newest, after: 3 })), [2, 1]);
      assert.equal(await inspection.countDeadLetters(9), 4);
      assert.equal(await inspection.countDeadLetters(3), 3);
    });

    it('gives workers and clients from the newest on, and partitions with their owners', async () => {
      const client = await TestWorker.join(scene.store, [], 'client');
      const rows = await inspection.workers({ limit: 9 });
      assert.deepEqual(
        rows.map(({ incarnation, kind, alive, partitions }) => [incarnation, kind, alive, partitions]),
        [
          [client.incarnation, 'client', true, 0],
          [worker.incarnation, 'worker', true, 8],
        ],
      );
      assert.deepEqual(
        (await inspection.workers({ limit: 9, before: client.incarnation })).map(({ name }) => name),
        ['test'],
      );
      const partitions = await inspection.partitions();
      assert.deepEqual(
        partitions.map(({ partition, owner, epoch, crashes }) => [partition, owner, epoch, crashes]),
        Array.from({ length: 8 }, (_, number) => [number, worker.incarnation, 1, 0]),
      );
    });

    it('tells sizes, and nothing after the store is closed', async () => {
      for (const { name, bytes } of await inspection.sizes()) {
        assert.isString(name);
        assert.isAtLeast(bytes, 0);
      }
      const reopened = await scene.reopen();
      let code: unknown;
      try {
        await inspection.partitions();
      } catch (error) {
        code = (error as { code?: unknown }).code;
      }
      assert.match(String(code), /^DE_/);
      assert.lengthOf(await reopened.inspect().partitions(), 8);
    });
  });
}
