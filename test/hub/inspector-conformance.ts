/** The behaviour of every inspector: over the memory of the worker, and over the rows only. */
import { expect } from 'chai';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import type { Explanation } from '../../src/hub/explanation.js';
import type { Page } from '../../src/hub/inspected.js';
import type { Inspector } from '../../src/hub/inspector.js';
import type { TaskHub } from '../../src/hub/task-hub.js';
import { EntityId } from '../../src/model/entity-id.js';

/** An inspector of a hub that runs the definitions below. */
export interface InspectorUnderTest {
  readonly hub: TaskHub;
  readonly inspector: Inspector;
  /** Whether the inspector is in the process of the worker. */
  readonly isWorker: boolean;
  /** Lets everything run until the promise settles. */
  until<T>(promise: Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/** Activities that were started and have not ended, by input. */
const waiting = new Map<string, () => void>();

const counter = defineEntity('Counter', { effects: 'none', readOnly: ['peek'] }, (context) => {
  const state = context.getState<{ n: number; note: string }>(() => ({ n: 0, note: '' }));
  if (context.operationName === 'note') state.note = context.getInput<string>();
  else state.n += context.getInput<number | undefined>() ?? 1;
  return state.n;
});

const slow = defineActivity('Slow', async (_, name: string) => {
  await new Promise<void>((resolve) => waiting.set(name, resolve));
  waiting.delete(name);
  return `${name} is done`;
});

const quick = defineActivity('Quick', (_, fails: boolean) => {
  if (fails) throw new Error('it fails');
  return 7;
});

const waits = defineOrchestration('Waits', async (context, input: number) => {
  context.setCustomStatus('waiting');
  return input + (await context.waitForExternalEvent<number>('go'));
});

const locks = defineOrchestration('Locks', async (context, keys: readonly string[]) => {
  using section = await context.lock(...keys.map((key) => new EntityId('counter', key)));
  await context.waitForExternalEvent('go');
  void section;
});

const calls = defineOrchestration('Calls', (context, key: string) =>
  context.callEntity(new EntityId('counter', key), 'add', 3),
);

const acts = defineOrchestration('Acts', (context, name: string) => context.callActivity(slow, name));

const parent = defineOrchestration('Parent', (context, id: string) =>
  context.callSubOrchestration(waits, 1, { instanceId: id }),
);

const sleeps = defineOrchestration('Sleeps', (context, ms: number) =>
  context.createTimer(new Date(context.currentTime.getTime() + ms)),
);

const tells = defineOrchestration('Tells', async (context) => {
  const two = await context.callActivity(quick, false);
  await context.callEntity(new EntityId('counter', 'told'), 'add', two);
  context.signalEntity(new EntityId('counter', 'told'), 'add', 1);
  try {
    await context.callActivity(quick, true);
  } catch {
    // Its failure is in the history.
  }
  return two;
});

export const definitions = [counter, slow, quick, waits, locks, calls, acts, parent, sleeps, tells];

const c = (key: string) => `@counter@${key}`;

/** Lets the activity with this input end. */
export function letEnd(name: string): void {
  waiting.get(name)?.();
}

export function inspectorConformance(name: string, start: () => Promise<InspectorUnderTest>): void {
  describe(`an inspector: ${name}`, () => {
    let under: InspectorUnderTest;
    let hub: TaskHub;
    let inspector: Inspector;
    const until = <T>(promise: Promise<T>) => under.until(promise);

    beforeEach(async () => {
      under = await start();
      ({ hub, inspector } = under);
    });

    afterEach(async () => {
      for (const end of waiting.values()) end();
      waiting.clear();
      await under.stop();
    });

    const startRun = (instanceId: string, orchestration: string, input?: unknown) =>
      until(hub.start({ instanceId, name: orchestration, input: JSON.stringify(input) }));
    const add = (key: string, n = 1) =>
      until(hub.call({ entityId: c(key), operation: 'add', input: JSON.stringify(n) }));

    /** Asks again and again until the answer is the expected one. Each question lets the hub go on. */
    async function eventually<T>(ask: () => Promise<T>, accept: (answer: T) => boolean): Promise<T> {
      for (let tries = 0; ; tries++) {
        const answer = await until(ask());
        if (accept(answer)) return answer;
        if (tries === 400) expect.fail(`It never came: ${JSON.stringify(answer, undefined, 1)}`);
        await until(hub.pause(5));
      }
    }

    const explained = (id: string, codes: readonly string[]) =>
      eventually(
        () => inspector.explain(id),
        ({ links }: Explanation) => JSON.stringify(links.map(({ reason }) => reason.code)) === JSON.stringify(codes),
      );

    async function all<T>(ask: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
      const items: T[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await until(ask(cursor));
        for (const item of page.items) items.push(item);
        if (page.next === undefined) return items;
        cursor = page.next;
      }
    }

    describe('entities', () => {
      it('a list holds every entity once, over pages, in both orders', async () => {
        for (const key of ['a', 'b', 'c', 'd', 'e']) await add(key);
        const up = await all((cursor) => inspector.entities({ name: 'Counter' }, { limit: 2, cursor }));
        expect(up.map(({ key }) => key)).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
        const down = await all((cursor) => inspector.entities({}, { limit: 2, cursor, order: 'desc' }));
        expect(down.map(({ key }) => key)).to.deep.equal(['e', 'd', 'c', 'b', 'a']);
      });

      it('a search finds entities by a text in their state, and says how far it looked', async () => {
        await until(hub.call({ entityId: c('x'), operation: 'note', input: '"the \\"needle\\" is here"' }));
        await add('y');
        const page = await until(inspector.entities({ contains: '"needle" is' }));
        expect(page.items.map(({ key }) => key)).to.deep.equal(['x']);
        expect(page.next).to.equal(undefined);
        expect(page.scan?.looked).to.be.a('number');
      });

      it('a list finds entities by their lock and its holder', async () => {
        await add('free');
        await startRun('holder', 'Locks', ['l1', 'l2']);
        await explained('holder', ['waitsForEvent']);
        const locked = await all((cursor) => inspector.entities({ locked: true }, { cursor }));
        expect(locked.map(({ key }) => key)).to.deep.equal(['l1', 'l2']);
        const held = await all((cursor) => inspector.entities({ lockedBy: 'holder' }, { cursor, limit: 1 }));
        expect(held.map(({ lock }) => lock?.instance)).to.deep.equal(['holder', 'holder']);
        const others = await all((cursor) => inspector.entities({ locked: false }, { cursor }));
        expect(others.map(({ key }) => key)).to.deep.equal(['free']);
      });

      it('a list tells how many messages wait for each entity, and finds those that have any', async () => {
        await add('free');
        await startRun('holder', 'Locks', ['l1']);
        await explained('holder', ['waitsForEvent']);
        await startRun('waiter', 'Locks', ['l1']);
        await explained('waiter', ['waitsForLock', 'locked', 'waitsForEvent']);
        const backlogs = async (waiting?: boolean) =>
          (await all((cursor) => inspector.entities({ waiting }, { cursor }))).map(({ key, backlog }) => [
            key,
            backlog,
          ]);
        expect(await backlogs()).to.deep.equal([
          ['free', 0],
          ['l1', 1],
        ]);
        expect(await backlogs(true)).to.deep.equal([['l1', 1]]);
        expect(await backlogs(false)).to.deep.equal([['free', 0]]);
      });

      it('a long state is cut and marked in lists and details', async () => {
        await until(hub.call({ entityId: c('long'), operation: 'note', input: JSON.stringify('x'.repeat(5_000)) }));
        const [listed] = (await until(inspector.entities())).items;
        expect(listed?.state).to.include({ isCut: true });
        expect(listed?.state?.text).to.have.length(1_024);
        const detail = await until(inspector.entity(c('long')));
        expect(detail?.state).to.include({ isCut: false, length: detail?.state?.text.length });
        const short = await until(inspector.entity(c('long'), { valueMax: 10 }));
        expect(short?.state).to.deep.equal({
          text: detail?.state?.text.slice(0, 10),
          length: detail?.state?.length,
          isCut: true,
        });
      });

      it('an entity shows its lock, its backlog and its scheduled signals', async () => {
        await startRun('holder', 'Locks', ['busy']);
        await explained('holder', ['waitsForEvent']);
        await until(hub.signal({ entityId: c('busy'), operation: 'add', input: '1' }));
        const dueMs = hub.hubTimeMs() + 3_600_000;
        await until(hub.signal({ entityId: c('busy'), operation: 'add', input: '2', dueMs, name: 'daily' }));
        const entity = await eventually(
          () => inspector.entity(c('busy')),
          (found) => found?.backlog === 1 && found.scheduled === 1,
        );
        expect(entity).to.include({ id: c('busy'), exists: false, problem: undefined });
        expect(entity?.lock).to.include({ instance: 'holder' });
        expect(entity?.lock?.sinceMs).to.be.at.most(hub.hubTimeMs());
        const { items } = await until(inspector.messages(c('busy')));
        expect(items.map(({ kind, behindLock }) => [kind, behindLock])).to.deep.equal([
          ['operation', true],
          ['operation', false],
        ]);
        expect(items[1]).to.include({ signalName: 'daily', dueMs, name: 'add' });
        expect(items[1]?.value?.text).to.equal('2');
      });

      it('an entity that nobody has used is absent', async () => {
        expect(await until(inspector.entity(c('nobody')))).to.equal(undefined);
      });
    });

    describe('orchestrations', () => {
      it('a list finds orchestrations by status, name and prefix, the greatest id first if asked', async () => {
        for (const id of ['r1', 'r2', 'r3']) await startRun(id, 'Waits', 1);
        await startRun('s1', 'Calls', 'k');
        await explained('s1', ['ended']);
        const open = await all((cursor) =>
          inspector.runs({ statuses: ['running'] }, { limit: 2, cursor, order: 'desc' }),
        );
        expect(open.map(({ id }) => id)).to.deep.equal(['r3', 'r2', 'r1']);
        const all4 = await all((cursor) => inspector.runs({}, { limit: 3, cursor }));
        expect(all4.map(({ id }) => id)).to.deep.equal(['r1', 'r2', 'r3', 's1']);
        const named = await all((cursor) => inspector.runs({ name: 'Calls' }, { cursor }));
        expect(named.map(({ id, status, output }) => [id, status, output?.text])).to.deep.equal([
          ['s1', 'completed', '3'],
        ]);
        const begun = await all((cursor) => inspector.runs({ idPrefix: 'r', contains: 'waiting' }, { cursor }));
        expect(begun.map(({ id }) => id)).to.deep.equal(['r1', 'r2', 'r3']);
      });

      it('a list of idle orchestrations holds the open ones only', async () => {
        await startRun('idle', 'Waits', 1);
        await startRun('over', 'Calls', 'k');
        await explained('over', ['ended']);
        await explained('idle', ['waitsForEvent']);
        const idle = await all((cursor) => inspector.runs({ idleForMs: 0 }, { cursor }));
        expect(idle.map(({ id }) => id)).to.deep.equal(['idle']);
        expect(await all((cursor) => inspector.runs({ idleForMs: 3_600_000 }, { cursor }))).to.deep.equal([]);
      });

      it('a history tells in order what the code received and asked for, with times and results', async () => {
        await startRun('told', 'Tells');
        await explained('told', ['ended']);
        const history = await until(inspector.history('told'));
        expect(history).to.include({ instance: 'told', name: 'Tells', status: 'completed', problem: undefined });
        expect(history?.items.map(({ kind, name, task }) => [kind, name, task])).to.deep.equal([
          ['started', undefined, undefined],
          ['activityCalled', 'Quick', 0],
          ['completed', 'Quick', 0],
          ['entityCalled', 'add', 1],
          ['completed', 'add', 1],
          ['entitySignalled', 'add', 2],
          ['activityCalled', 'Quick', 3],
          ['failed', 'Quick', 3],
        ]);
        expect(history?.items[2]?.value?.text).to.equal('7');
        expect(history?.items[2]?.startedAtMs).to.be.at.least(history?.items[1]?.atMs as number);
        expect(history?.items[4]?.startedAtMs, 'an operation that takes no time').to.equal(undefined);
        expect(history?.items[7]?.error?.text).to.include('it fails');
        const pages = await all(async (cursor) => {
          const page = await inspector.history('told', { limit: 3, cursor });
          if (page === undefined) expect.fail('it is gone');
          return page;
        });
        expect(pages).to.deep.equal(history?.items);
      });

      it('a timeline has a bar for each step, with its outcome, and those of sub-orchestrations', async () => {
        await startRun('up', 'Parent', 'down');
        await explained('up', ['waitsForChild', 'waitsForEvent']);
        const timeline = await until(inspector.timeline('up'));
        expect(timeline?.bars.map(({ kind, name, outcome }) => [kind, name, outcome])).to.deep.equal([
          ['child', 'Waits', 'open'],
        ]);
        const child = timeline?.bars[0]?.child;
        expect(child).to.include({ id: 'down', name: 'Waits', status: 'running' });
        expect(child?.bars.map(({ kind, name, outcome }) => [kind, name, outcome])).to.deep.equal([
          ['event', 'go', 'open'],
        ]);
        expect((await until(inspector.timeline('up', { depth: 0 })))?.bars[0]?.child).to.equal(undefined);
      });

      it('a timeline parts the wait for locks from the time in which they were held', async () => {
        await startRun('first', 'Locks', ['t']);
        await explained('first', ['waitsForEvent']);
        await startRun('second', 'Locks', ['t']);
        await explained('second', ['waitsForLock', 'locked', 'waitsForEvent']);
        const [waitingBar] = (await until(inspector.timeline('second')))?.bars ?? [];
        expect(waitingBar).to.include({
          kind: 'section',
          startedAtMs: undefined,
          endedAtMs: undefined,
          outcome: 'open',
        });
        await until(hub.raise('first', 'go', undefined));
        await explained('first', ['ended']);
        const [held] = (await until(inspector.timeline('first')))?.bars ?? [];
        expect(held?.outcome).to.equal('ok');
        expect(held?.startedAtMs).to.be.within(held?.scheduledAtMs as number, held?.endedAtMs as number);
      });

      it('an orchestration that does not exist is absent', async () => {
        expect(await until(inspector.run('nobody'))).to.equal(undefined);
        expect(await until(inspector.history('nobody'))).to.equal(undefined);
        expect(await until(inspector.timeline('nobody'))).to.equal(undefined);
      });
    });

    describe('explanations', () => {
      it('a chain leads from a waiting orchestration over a lock to its holder, and ends with a remedy', async () => {
        await startRun('t-17', 'Locks', ['ann', 'bob']);
        await explained('t-17', ['waitsForEvent']);
        await startRun('t-18', 'Locks', ['ann']);
        const { links } = await explained('t-18', ['waitsForLock', 'locked', 'waitsForEvent']);
        expect(links.map(({ depth, subject }) => [depth, subject])).to.deep.equal([
          [0, 't-18'],
          [1, c('ann')],
          [2, 't-17'],
        ]);
        expect(links[1]?.reason).to.include({ by: 't-17', waiters: 1 });
        expect(links[2]?.remedy).to.include('raiseEvent("go")');
        for (const { sinceMs } of links) expect(sinceMs).to.be.at.most(hub.hubTimeMs());
      });

      it('a call to a locked entity waits for the holder of the lock', async () => {
        await startRun('holder', 'Locks', ['k']);
        await explained('holder', ['waitsForEvent']);
        await startRun('caller', 'Calls', 'k');
        const { links } = await explained('caller', ['waitsForCall', 'locked', 'waitsForEvent']);
        expect(links[0]?.reason).to.include({ entity: c('k'), operation: 'add', task: 0 });
      });

      it('a suspended orchestration tells the reason of its suspension', async () => {
        await startRun('held', 'Waits', 1);
        await until(hub.command('held', { kind: 'suspend', reason: 'an audit' }));
        const { links } = await explained('held', ['suspended']);
        expect(links[0]?.because).to.include('an audit');
        expect(links[0]?.remedy).to.include('resume');
      });

      it('an orchestration that sleeps tells when its timer is due', async () => {
        await startRun('sleeper', 'Sleeps', 3_600_000);
        const { links } = await explained('sleeper', ['waitsForTimer']);
        expect(links[0]?.reason).to.have.property('dueMs').above(hub.hubTimeMs());
      });

      it('a scheduled start tells when it begins', async () => {
        const startsAtMs = hub.hubTimeMs() + 3_600_000;
        await until(hub.start({ instanceId: 'later', name: 'Waits', input: '1', details: { startsAtMs } }));
        const { links } = await explained('later', ['startScheduled']);
        expect(links[0]?.reason).to.deep.equal({ code: 'startScheduled', startsAtMs });
      });

      it('an activity runs here, or in the process of the worker', async () => {
        await startRun('actor', 'Acts', 'one');
        const code = under.isWorker ? 'running' : 'elsewhere';
        const { links } = await explained('actor', ['waitsForActivity', code]);
        expect(links.map(({ subject }) => subject)).to.deep.equal(['actor', 'activity:Slow']);
        letEnd('one');
        await explained('actor', ['ended']);
      });

      it('an id that nobody uses is not found, and an entity without messages is idle', async () => {
        await explained('nobody', ['notFound']);
        await explained(c('nobody'), ['notFound']);
        await add('rests');
        await explained(c('rests'), ['idle']);
      });

      it('an entity with a scheduled signal tells when it is due', async () => {
        await add('alarm');
        const dueMs = hub.hubTimeMs() + 3_600_000;
        await until(hub.signal({ entityId: c('alarm'), operation: 'add', input: '1', dueMs }));
        const { links } = await explained(c('alarm'), ['scheduled']);
        expect(links[0]?.reason).to.deep.equal({ code: 'scheduled', messages: 1, nextMs: dueMs });
      });
    });

    describe('the hub', () => {
      it('locks are listed with their holders and waiters, those that others wait for first', async () => {
        await startRun('alone', 'Locks', ['q']);
        await explained('alone', ['waitsForEvent']);
        await startRun('holder', 'Locks', ['p']);
        await explained('holder', ['waitsForEvent']);
        await startRun('waiter', 'Locks', ['p']);
        await explained('waiter', ['waitsForLock', 'locked', 'waitsForEvent']);
        const found = await all((cursor) => inspector.locks({ limit: 1, cursor }));
        expect(found.map(({ entity, hold }) => [entity, hold.instance])).to.deep.equal([
          [c('p'), 'holder'],
          [c('q'), 'alone'],
        ]);
        const [contended, free] = found;
        expect(contended).to.include({ waiterCount: 1, waiting: 1 });
        expect(contended?.holder).to.deep.equal({ name: 'Locks', status: 'running' });
        expect(contended?.waiters.map(({ instance }) => instance)).to.deep.equal(['waiter']);
        expect(contended?.waiters[0]?.sinceMs).to.be.at.least(contended?.hold.sinceMs as number);
        expect(free).to.include({ waiterCount: 0, waiting: 0 });
      });

      it('an overview counts entities and orchestrations by name and status', async () => {
        await add('a');
        await add('b');
        await startRun('open', 'Waits', 1);
        await explained('open', ['waitsForEvent']);
        const overview = await until(inspector.overview());
        expect(overview).to.include({ engine: 'sql', workers: 1, deadLetters: 0 });
        expect(overview.entities).to.deep.equal([{ name: 'counter', count: 2 }]);
        expect(overview.runs).to.deep.equal([{ name: 'Waits', status: 'running', count: 1 }]);
        expect(overview.longestIdle).to.include({ id: 'open', name: 'Waits' });
        expect(overview.partitions.owned).to.equal(overview.partitions.total);
        expect(overview.partitions.here).to.equal(under.isWorker ? overview.partitions.total : 0);
        expect(overview.role).to.equal(under.isWorker ? 'active' : 'client');
      });

      it('workers and partitions are listed with their owner', async () => {
        const { items } = await until(inspector.workers());
        const worker = items.find(({ kind, alive }) => kind === 'worker' && alive);
        expect(worker).to.include({ here: under.isWorker });
        expect(worker?.leaseLeftMs).to.be.above(0);
        const partitions = await until(inspector.partitions());
        expect(new Set(partitions.map(({ owner }) => owner))).to.deep.equal(new Set([worker?.incarnation]));
        expect(partitions.every(({ live }) => (live !== undefined) === under.isWorker)).to.equal(true);
        expect(worker?.partitions).to.equal(partitions.length);
      });

      it('types name the code that workers announce', async () => {
        const types = await until(inspector.types());
        expect(types.entities.map(({ name, workers }) => [name, workers.length])).to.deep.equal([['counter', 1]]);
        expect(types.entities[0]?.effects).to.equal('none');
        expect(types.orchestrations.find(({ name }) => name === 'Waits')).to.deep.include({
          registered: true,
          versions: [1],
        });
        expect(types.activities.map(({ name }) => name)).to.deep.equal(['Quick', 'Slow']);
      });

      it('a feed reports committed changes of instances', async () => {
        const seen: string[] = [];
        const stop = inspector.feed(({ instances }) => void seen.push(...instances.map(({ id }) => id)), {
          ids: () => [c('fed')],
        });
        await add('fed');
        await eventually(
          async () => {
            await add('fed');
            return seen;
          },
          (ids) => ids.includes(c('fed')),
        );
        stop();
        const count = seen.length;
        await add('fed');
        expect(seen).to.have.length(count);
      });

      it('statistics count operations of the worker’s process', async () => {
        await until(inspector.statistics());
        await add('s');
        const statistics = await until(inspector.statistics());
        if (!under.isWorker) return void expect(statistics).to.equal(undefined);
        expect(statistics?.operations.find(({ operation }) => operation === 'add')).to.include({
          entity: 'counter',
          ok: 1,
        });
        expect(statistics?.commits.duration.count).to.be.above(0);
        expect(statistics?.now?.instances).to.be.above(0);
      });
    });

    describe('arguments', () => {
      const codeOf = (promise: Promise<unknown>) =>
        until(
          promise.then(
            () => 'none',
            (error: { code?: string }) => error.code ?? 'another',
          ),
        );

      it('unknown options, wrong limits, orders and cursors are refused', async () => {
        const wrong: (() => Promise<unknown>)[] = [
          () => inspector.entities({ nmae: 'x' } as never),
          () => inspector.entities({}, { limit: 0 }),
          () => inspector.entities({}, { limit: 101 }),
          () => inspector.entities({}, { order: 'up' as never }),
          () => inspector.entities({}, { cursor: 'eA' }),
          () => inspector.entities({ keyPrefix: 'a\0' }),
          () => inspector.runs({ statuses: ['gone' as never] }),
          () => inspector.runs({ tags: [['a'] as never] }),
          () => inspector.runs({}, { valueMax: -1 }),
          () => inspector.timeline('x', { depth: 9 }),
          () => inspector.messages('x', { order: 'desc' }),
          () => inspector.history('@a@b'),
        ];
        for (const each of wrong) expect(await codeOf(each())).to.equal('DE_INVALID_ARGUMENT');
        expect(await codeOf(inspector.entity('counter'))).to.equal('DE_INVALID_ENTITY_ID');
      });

      it('a cursor of another list or order is refused', async () => {
        for (const key of ['a', 'b', 'c']) await add(key);
        const { next } = await until(inspector.entities({}, { limit: 1 }));
        expect(await codeOf(inspector.entities({}, { limit: 1, cursor: next, order: 'desc' }))).to.equal(
          'DE_INVALID_ARGUMENT',
        );
        expect(await codeOf(inspector.runs({}, { cursor: next }))).to.equal('DE_INVALID_ARGUMENT');
      });
    });
  });
}
