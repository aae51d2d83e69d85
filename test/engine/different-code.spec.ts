import { expect } from 'chai';
import { partitionOf } from '../../src/engines/sql/core/partition.js';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { counter, id, list } from './programs.js';
import { deferred, failure, World, type Process } from './world.js';

const partitionCount = 8;

/** Starts one worker for each of these sets of code, and lets them share the partitions. */
async function workersOf(...codes: (readonly unknown[])[]): Promise<{ world: World; processes: Process[] }> {
  const world = new World([], { database: { partitionCount, shared: true } });
  const processes: Process[] = [];
  for (const code of codes) {
    world.definitions = code;
    processes.push(await world.start());
  }
  await world.pass(20_000);
  return { world, processes };
}

function ownerOf(world: World, target: string): number {
  return world.database.partitions[partitionOf(target, partitionCount)]?.owner ?? 0;
}

/** An id whose target lies in a partition of this worker. */
function owned(world: World, { store }: Process, targetOf: (n: number) => string, from = 0): string {
  for (let n = from; ; n++) if (ownerOf(world, targetOf(n)) === store.incarnation) return targetOf(n);
}

const keyOf = (target: string) => target.slice(target.indexOf('@', 1) + 1);

const fresh = defineEntity('Fresh', { effects: 'none' }, () => 'fresh');
const send = defineActivity('Send', (_, text: string) => `sent ${text}`);
const child = defineOrchestration('Child', async (_, text: string) => `child of ${text}`);

const parent = defineOrchestration('Parent', async (context, what: { kind: string; target: string }) => {
  await context.waitForExternalEvent('go');
  if (what.kind === 'entity') return context.callEntity<string>(id('Fresh', keyOf(what.target)), 'get');
  if (what.kind === 'activity') return context.callActivity<string>('Send', 'it');
  return context.callSubOrchestration<string>('Child', 'it', { instanceId: what.target });
});

describe('workers with different code', () => {
  it('give a partition whose messages wait for an entity to a worker that has it, and it stays there', async () => {
    const { world, processes } = await workersOf([counter], [counter, list]);
    const [first, second] = processes as [Process, Process];
    const target = owned(world, first, (n) => `@list@k${n}`);
    await world.until(second.client.signalEntity(id('List', keyOf(target)), 'append', 'x'));
    await world.pass(3_000);
    expect(ownerOf(world, target)).to.equal(second.store.incarnation);
    expect(world.state('list', keyOf(target))).to.deep.equal(['x']);
    await world.pass(60_000);
    expect(ownerOf(world, target)).to.equal(second.store.incarnation);
    expect(first.engine.status().worker?.partitions).to.have.length(4);
  });

  it('keep partitions in which they use code that another worker lacks, until every worker has it', async () => {
    const { world, processes } = await workersOf([counter], [counter, list]);
    const [first, second] = processes as [Process, Process];
    const keys = [...world.database.partitions.keys()].map((partition) => {
      for (let n = 0; ; n++) if (partitionOf(`@list@k${n}`, partitionCount) === partition) return `k${n}`;
    });
    for (const key of keys) await world.until(second.client.signalEntity(id('List', key), 'append', 'x'));
    await world.pass(10_000);
    const epochs = () => world.database.partitions.map(({ owner, epoch }) => [owner, epoch]);
    const before = epochs();
    expect(before.map(([owner]) => owner)).to.deep.equal(Array(8).fill(second.store.incarnation));
    await world.pass(60_000);
    expect(epochs()).to.deep.equal(before);
    await world.until(first.engine.stop());
    world.definitions = [counter, list];
    const next = await world.start();
    await world.pass(30_000);
    expect(next.engine.status().worker?.partitions).to.have.length(4);
  });

  it('name what a partition waits for in their status, and to whoever waits, and count no attempts', async () => {
    const { world, processes } = await workersOf([counter, list], [counter]);
    const [first, second] = processes as [Process, Process];
    const target = owned(world, second, (n) => `@list@k${n}`);
    // Nobody who is alive has the code.
    await world.until(first.client.signalEntity(id('List', keyOf(target)), 'append', 'x'));
    first.crash();
    await world.pass(500);
    const waiting = second.engine.status().worker?.partitions.filter(({ missingCode }) => missingCode.length > 0);
    expect(waiting?.map(({ missingCode }) => missingCode)).to.deep.equal([['entity:list']]);
    const reason = { kind: 'notRegistered', what: 'entity', name: 'list' };
    expect(await world.until(second.engine.diagnose(target))).to.deep.equal(reason);
    const { intake } = await world.connect();
    expect(await world.until(intake.diagnose(target))).to.deep.equal(reason);
    await world.pass(60_000);
    expect([...world.database.inbox.values()].map(({ attempts }) => attempts)).to.deep.equal([0]);
    world.definitions = [counter, list];
    await world.start();
    await world.pass(3_000);
    expect(world.state('list', keyOf(target))).to.deep.equal(['x']);
    expect(second.engine.status().worker?.partitions.flatMap(({ missingCode }) => missingCode)).to.deep.equal([]);
  });

  for (const kind of ['entity', 'activity', 'orchestration'] as const)
    it(`do not refuse a call of an ${kind} that was announced since they looked last`, async () => {
      const { world, processes } = await workersOf([parent]);
      const [first] = processes as [Process];
      const target = kind === 'entity' ? '@fresh@a' : 'the-child';
      const run = await world.until(first.client.startNew(parent, { input: { kind, target } }));
      await world.pass(1_000);
      const held = deferred();
      first.store.holdAnswer.set('poll', held.promise);
      world.definitions = [parent, fresh, send, child];
      await world.start();
      await world.until(run.raiseEvent('go'));
      await world.pass(200);
      expect((await world.until(run.status()))?.runtimeStatus).to.equal('running');
      first.store.holdAnswer.clear();
      held.resolve();
      const answers = { entity: 'fresh', activity: 'sent it', orchestration: 'child of it' };
      expect(await world.until(run.result(), 30_000)).to.equal(answers[kind]);
    });

  for (const kind of ['entity', 'activity', 'orchestration'] as const)
    it(`refuse a call of an ${kind} that nobody has announced, whoever owns its target`, async () => {
      const { world, processes } = await workersOf([parent], [parent]);
      for (const owner of processes) {
        const target = owned(world, owner, (n) => (kind === 'entity' ? `@fresh@k${n}` : `child-${n}`));
        const run = await world.until(processes[0]!.client.startNew(parent, { input: { kind, target } }));
        await world.until(run.raiseEvent('go'));
        const error = await world.until(failure(run.result()), 30_000);
        const names = { entity: 'UnknownEntityError', activity: 'UnknownActivityError' } as Record<string, string>;
        expect((error.cause as Error).name).to.equal(names[kind] ?? 'UnknownOrchestrationError');
      }
      await world.pass(1_000);
      expect([...world.database.inbox.values()]).to.deep.equal([]);
    });

  it('give orchestrations to a worker that has the version to which they are pinned', async () => {
    const version = (number: number) =>
      defineOrchestration('Versioned', { version: number }, async (context) => {
        await context.waitForExternalEvent('go');
        return number;
      });
    const { world, processes } = await workersOf([version(1)]);
    const runs = [];
    for (let n = 0; n < 16; n++)
      runs.push(await world.until(processes[0]!.client.startNew('Versioned', { instanceId: `r${n}` })));
    await world.pass(1_000);
    world.definitions = [version(2)];
    await world.start();
    await world.pass(20_000);
    await world.until(Promise.all(runs.map((run) => run.raiseEvent('go'))));
    const results = await world.until(Promise.all(runs.map((run) => run.result())), 60_000);
    expect(new Set(results)).to.deep.equal(new Set([1]));
  });

  it('restart an orchestration where its code is', async () => {
    const { world, processes } = await workersOf([parent, child], [parent]);
    const [first, second] = processes as [Process, Process];
    const target = owned(world, first, (n) => `child-${n}`);
    const run = await world.until(first.client.startNew(child, { instanceId: target, input: 'x' }));
    expect(await world.until(run.result())).to.equal('child of x');
    first.engine['worker']['current']?.gives.mark(partitionOf(target, partitionCount), second.store.incarnation);
    await world.pass(300);
    expect(ownerOf(world, target)).to.equal(second.store.incarnation);
    await world.until(second.client.run('Child', target).restart(), 30_000);
    expect(await world.until(run.result(), 30_000)).to.equal('child of x');
    expect(ownerOf(world, target)).to.equal(first.store.incarnation);
  });

  it('keep a partition for whose messages nobody has all of the code, and do not pass it to and fro', async () => {
    const { world, processes } = await workersOf([counter], [list]);
    const [first, second] = processes as [Process, Process];
    const target = owned(world, first, (n) => `@list@k${n}`);
    const partition = partitionOf(target, partitionCount);
    let same = 0;
    for (; partitionOf(`@counter@c${same}`, partitionCount) !== partition; same++);
    const epochBefore = world.database.partitions[partition]!.epoch;
    for (let n = 0; n < 30; n++) {
      await world.until(second.client.signalEntity(id('List', keyOf(target)), 'append', String(n)));
      await world.until(second.client.signalEntity(id('Counter', `c${same}`), 'add', 1));
      await world.pass(1_000);
    }
    expect(world.database.partitions[partition]!.epoch - epochBefore).to.be.within(2, 6);
    await world.pass(60_000);
    expect(world.state('list', keyOf(target))).to.have.length(30);
    expect(world.state('counter', `c${same}`)).to.equal(30);
  });
});
