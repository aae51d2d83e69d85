/** Queues that are too long for memory. */
import { expect } from 'chai';
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import type { LiveInstance } from '../../src/engines/sql/live/live-instance.js';
import { id, list } from './programs.js';
import { deferred, World, type Process } from './world.js';

const kept = 5;
const many = 40;
const values = Array.from({ length: many }, (_, index) => `v${index}`);

/** Holds the lock of a list until an event arrives. Appends under the lock first. */
const keeper = defineOrchestration('Keeper', async (context, key: string) => {
  using _section = await context.lock(id('List', key));
  await context.waitForExternalEvent('go on');
  await context.callEntity(id('List', key), 'append', `by ${context.instanceId}`);
});

/** Collects events until there are enough. */
const collector = defineOrchestration('Collector', async (context, count: number) => {
  const seen: string[] = [];
  while (seen.length < count) seen.push(await context.waitForExternalEvent<string>('value'));
  return seen;
});

describe('long queues', () => {
  /** What memory holds of an instance. */
  function live({ engine }: Process, instanceId: string): LiveInstance | undefined {
    const { term } = (engine as unknown as { worker: { term: { live: Map<string, LiveInstance> } } }).worker;
    return term.live.get(instanceId);
  }

  /** The number of messages that wait for an instance in memory. */
  function inMemory(process: Process, instanceId: string): number {
    return live(process, instanceId)?.waiting ?? 0;
  }

  function worldOf(...more: unknown[]): World {
    return new World([list, keeper, collector, ...more], { options: { maxWaitingInMemory: kept } });
  }

  /** A list that is locked by a run, and appends that wait for it. */
  async function locked(world: World, process: Process): Promise<void> {
    const { client } = process;
    await world.until(client.startNew(keeper, { instanceId: 'k', input: 'l' }));
    await world.pass(100);
    for (const value of values) await world.until(client.signalEntity(id('List', 'l'), 'append', value));
  }

  it('the messages of a locked entity wait in the table, and run in their order after the release', async () => {
    const world = worldOf();
    const process = await world.start();
    await locked(world, process);
    expect(inMemory(process, '@list@l')).to.equal(kept);
    expect((await process.engine.entityLoad('@list@l')).backlog).to.equal(many);
    expect(world.state('List', 'l')).to.equal(undefined);
    await world.until(process.client.run(keeper, 'k').raiseEvent('go on'));
    await world.pass(1_000);
    expect(world.state('List', 'l')).to.deep.equal(['by k', ...values]);
    expect(world.database.inbox.size).to.equal(0);
    expect((await process.engine.entityLoad('@list@l')).backlog).to.equal(0);
  });

  it('the queue of an external entity is never whole in memory', async () => {
    const gate = deferred();
    const slow = defineEntity('Slow', async (context) => {
      await gate.promise;
      context.getState<string[]>(() => []).push(context.getInput<string>());
    });
    const world = worldOf(slow);
    const process = await world.start();
    for (const value of values) await world.until(process.client.signalEntity(id('Slow', 's'), 'append', value));
    expect(inMemory(process, '@slow@s')).to.be.at.most(kept);
    gate.resolve();
    await world.pass(1_000);
    expect(world.state('Slow', 's')).to.deep.equal(values);
  });

  it('a crash reads back no more messages than may wait in memory, and those of the lock holder', async () => {
    const world = worldOf();
    const first = await world.start();
    await locked(world, first);
    // The call of the holder is committed behind all that waits; its operation never runs here.
    first.store.plan = (access, index) =>
      access === 'commit' && index >= first.store.accesses.length - 1 ? 'crash-after' : undefined;
    void first.client
      .run(keeper, 'k')
      .raiseEvent('go on')
      .catch(() => {});
    await world.pass(1_000);
    first.die();
    const second = await world.start();
    expect(inMemory(second, '@list@l')).to.be.at.most(kept + 1);
    await world.pass(1_000);
    expect(second.store.accesses).to.include('readWaiting');
    expect(world.state('List', 'l')).to.deep.equal(['by k', ...values]);
    expect(world.row('@list@l')?.meta).to.equal(null);
    expect((await second.engine.entityLoad('@list@l')).backlog).to.equal(0);
  });

  it('a locked entity is loaded without another commit if the commit of its waiting messages ends while they are read', async () => {
    const world = worldOf();
    const process = await world.start({ evictAfterEachTurn: true });
    await world.until(process.client.startNew(keeper, { instanceId: 'k', input: 'l' }));
    await world.pass(100);
    expect(live(process, '@list@l')).to.equal(undefined);
    const { client } = await world.connect();
    const [commitHeard, read] = [deferred(), deferred()];
    process.store.holdAnswer.set('commit', commitHeard.promise);
    process.store.holdAnswer.set('readWaiting', read.promise);
    await world.until(Promise.all(values.map((value) => client.signalEntity(id('List', 'l'), 'append', value))));
    await world.pass(100);
    expect(process.store.accesses).to.include('readWaiting');
    commitHeard.resolve();
    await world.pass(100);
    const commits = process.store.batches.length;
    read.resolve();
    await world.pass(100);
    expect(live(process, '@list@l')?.loading).to.equal(false);
    expect(process.store.batches.length).to.equal(commits);
    await world.until(process.client.run(keeper, 'k').raiseEvent('go on'));
    await world.pass(1_000);
    expect(world.state('List', 'l')).to.deep.equal(['by k', ...values]);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('an orchestration that ends while its lock request waits in the table leaves no lock behind', async () => {
    const world = worldOf();
    const process = await world.start();
    await locked(world, process);
    await world.until(process.client.startNew(keeper, { instanceId: 'second', input: 'l' }));
    await world.pass(100);
    await world.until(process.client.run(keeper, 'second').terminate());
    await world.until(process.client.run(keeper, 'k').raiseEvent('go on'));
    await world.pass(1_000);
    expect(world.state('List', 'l')).to.deep.equal(['by k', ...values]);
    expect(world.row('@list@l')?.meta).to.equal(null);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('the messages of a suspended orchestration wait in the table, and follow in their order after the resume', async () => {
    const world = worldOf();
    const process = await world.start();
    const run = await world.until(process.client.startNew(collector, { instanceId: 'c', input: many }));
    await world.until(run.suspend());
    for (const value of values) await world.until(run.raiseEvent('value', value));
    expect(inMemory(process, 'c')).to.be.at.most(kept);
    await world.until(run.resume());
    expect(await world.until(run.result())).to.deep.equal(values);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('the messages of a suspended orchestration are gone when it is terminated', async () => {
    const world = worldOf();
    const process = await world.start();
    const run = await world.until(process.client.startNew(collector, { instanceId: 'c', input: many }));
    await world.until(run.suspend());
    for (const value of values) await world.until(run.raiseEvent('value', value));
    await world.until(run.terminate());
    await world.pass(1_000);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('the messages of an orchestration whose code is not registered wait for a process that has the code', async () => {
    const world = worldOf();
    const first = await world.start();
    const run = await world.until(first.client.startNew(collector, { instanceId: 'c', input: many }));
    await world.until(first.engine.stop());
    world.definitions = [list, keeper];
    const second = await world.start();
    const waiting = values.map((value) => second.client.run('Collector', 'c').raiseEvent('value', value));
    const outcomes = Promise.allSettled(waiting);
    await world.pass(10_000);
    expect(inMemory(second, run.instanceId)).to.be.at.most(kept);
    await world.until(second.engine.stop());
    expect((await outcomes).every(({ status }) => status === 'rejected')).to.equal(true);
    world.definitions = [list, keeper, collector];
    const third = await world.start();
    expect(await world.until(third.client.run(collector, 'c').result())).to.deep.equal(values);
  });
});
