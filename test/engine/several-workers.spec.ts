import { expect } from 'chai';
import { partitionOf } from '../../src/engines/sql/core/partition.js';
import type { EngineOptions } from '../../src/engines/sql/options.js';
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { counter, doubleBy, id, list, relay, slowListBy, transfer } from './programs.js';
import { deferred, failure, World, type Process } from './world.js';
import { ioTurn } from '../../src/testing/virtual-clock.js';

const partitionCount = 8;

function cluster(
  options: Partial<EngineOptions> = {},
  definitions: readonly unknown[] = [counter, list, transfer],
): World {
  return new World(definitions, { database: { partitionCount, shared: true }, options });
}

/** The number of partitions that each living worker owns, by incarnation. */
function shares(world: World): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const [incarnation, { alive, kind }] of world.database.workers)
    if (alive && kind === 'worker') counts[incarnation] = 0;
  for (const { owner } of world.database.partitions) if (owner in counts) counts[owner] = (counts[owner] ?? 0) + 1;
  return counts;
}

function ownerOf(world: World, entity: string): number {
  return world.database.partitions[partitionOf(entity, partitionCount)]?.owner ?? 0;
}

/** Keys of counters whose entities lie in partitions of this worker. */
function keysOf(world: World, process: Process, count: number): string[] {
  const keys: string[] = [];
  for (let n = 0; keys.length < count; n++)
    if (ownerOf(world, `@counter@k${n}`) === process.store.incarnation) keys.push(`k${n}`);
  return keys;
}

/** Holds the lock of a counter until it is told to go on. */
const keeper = defineOrchestration('Keeper', async (context, key: string) => {
  const section = await context.lock(id('Counter', key));
  await context.waitForExternalEvent('go');
  section.release();
});

function ownedBy(world: World, partition: number): number {
  return world.database.partitions[partition]?.owner ?? 0;
}

/** A key of this entity in a partition that is wanted. */
function keyIn(entity: string, wanted: (partition: number) => boolean): string {
  for (let n = 0; ; n++) if (wanted(partitionOf(`@${entity}@k${n}`, partitionCount))) return `k${n}`;
}

/** Gives a partition to another worker, as the balance does. */
function giveAway({ engine }: Process, partition: number, next: number): void {
  engine['worker']['current']?.gives.mark(partition, next);
}

describe('several workers', () => {
  it('share the partitions within seconds, and take the share of one that leaves', async () => {
    const world = cluster();
    const first = await world.start();
    expect(shares(world)).to.deep.equal({ 1: 8 });
    const second = await world.start();
    const third = await world.start();
    await world.pass(20_000);
    expect(shares(world)).to.deep.equal({ 1: 3, 2: 3, 3: 2 });
    expect([first, second, third].map(({ engine }) => engine.role)).to.deep.equal(['active', 'active', 'active']);
    await world.until(second.engine.stop());
    await world.pass(5_000);
    expect(shares(world)).to.deep.equal({ 1: 4, 3: 4 });
  });

  it('call, signal and start what others own', async () => {
    const world = cluster();
    const processes = [await world.start(), await world.start()];
    await world.pass(20_000);
    for (const owner of processes) {
      const [key] = keysOf(world, owner, 1);
      for (const { client } of processes) {
        expect(await world.until(client.callEntity(id('Counter', key as string), 'add'))).to.be.a('number');
        await world.until(client.signalEntity(id('Counter', key as string), 'add'));
      }
      await world.pass(3_000);
      expect(world.state('counter', key as string)).to.equal(4);
    }
  });

  it('move money between accounts of different workers, and leave no lock', async () => {
    const world = cluster();
    const processes = [await world.start(), await world.start(), await world.start()];
    await world.pass(20_000);
    const keys = processes.flatMap((process) => keysOf(world, process, 2));
    for (const key of keys) await world.until(processes[0]!.client.callEntity(id('Counter', key), 'add', 100));
    const runs = [];
    for (let n = 0; n < 40; n++) {
      const { client } = processes[n % 3] as Process;
      const input = { from: keys[n % keys.length] as string, to: keys[(n * 5 + 1) % keys.length] as string, amount: 3 };
      runs.push((await world.until(client.startNew(transfer, { input }))).result());
    }
    await world.until(Promise.all(runs));
    await world.pass(3_000);
    const total = keys.reduce((sum, key) => sum + (world.state('counter', key) as number), 0);
    expect(total).to.equal(100 * keys.length);
    expect([...world.database.inbox.values()]).to.deep.equal([]);
    for (const { meta } of world.database.instances.values()) expect(meta).to.equal(null);
  });

  it('take over from one that was killed, when its lease is over', async () => {
    const world = cluster();
    const first = await world.start();
    const second = await world.start();
    await world.pass(20_000);
    const [key] = keysOf(world, first, 1);
    await world.until(second.client.callEntity(id('Counter', key as string), 'add', 5));
    first.crash();
    expect(await world.until(second.client.callEntity(id('Counter', key as string), 'add', 1), 30_000)).to.equal(6);
    expect(shares(world)).to.deep.equal({ 2: 8 });
  });

  it('keep the order of one sender, wherever the receiver is, while partitions move', async () => {
    const world = cluster();
    const first = await world.start();
    const values = Array.from({ length: 300 }, (_, n) => String(n));
    const sends: Promise<unknown>[] = [];
    const others: Promise<Process>[] = [];
    for (const [n, value] of values.entries()) {
      for (const key of ['a', 'b', 'c']) sends.push(first.client.signalEntity(id('List', key), 'append', value));
      if (n === 50 || n === 120) others.push(world.begin());
      await world.pass(100);
    }
    await Promise.all(others);
    await world.until(Promise.all(sends));
    await world.pass(5_000);
    expect(Object.values(shares(world)).length).to.equal(3);
    for (const key of ['a', 'b', 'c']) expect(world.state('list', key)).to.deep.equal(values);
  });

  it('keep the order when a partition comes to a worker that has just sent to it', async () => {
    const world = cluster();
    const first = await world.start();
    const second = await world.start();
    await world.pass(20_000);
    const key = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].find(
      (each) => ownerOf(world, `@list@${each}`) === 2,
    ) as string;
    const append = (value: string) => first.client.signalEntity(id('List', key), 'append', value);
    const held = deferred();
    first.store.holdAnswer.set('commit', held.promise);
    // One is in the batch in flight, two are in the open batch.
    const sent = [append('0')];
    await world.pass(10);
    sent.push(append('1'), append('2'));
    await world.pass(10);
    await world.until(second.engine.stop());
    await world.pass(100);
    // This one is admitted after the barrier, when the partition is here.
    sent.push(append('3'));
    first.store.holdAnswer.clear();
    held.resolve();
    await world.until(Promise.all(sent));
    await world.pass(5_000);
    expect(shares(world)).to.deep.equal({ 1: 8 });
    expect(world.state('list', key)).to.deep.equal(['0', '1', '2', '3']);
  });

  it('read a leaving partition until it is given: an effect never comes before its cause', async () => {
    const gate = deferred();
    const both = defineEntity('Both', { effects: 'none' }, (context) => {
      const { key, through } = context.getInput<{ key: string; through: string }>();
      context.signalEntity(id('List', key), 'append', 'cause');
      context.signalEntity(id('Relay', through), 'pass', { lists: [key], value: 'effect' });
    });
    const world = cluster({}, [both, list, relay, slowListBy(() => gate.promise)]);
    const [first, second] = [await world.start(), await world.start()];
    await world.pass(20_000);
    const partition = world.database.partitions.findIndex(({ owner }) => owner === 1);
    const key = keyIn('list', (each) => each === partition);
    const through = keyIn('relay', (each) => each !== partition && ownedBy(world, each) === 1);
    const sender = keyIn('both', (each) => ownedBy(world, each) === 2);
    const slow = keyIn('slowlist', (each) => each === partition);
    const running = first.client.callEntity(id('SlowList', slow), 'append', 'x');
    await world.pass(100);
    // It leaves as soon as the operation has ended.
    giveAway(first, partition, 2);
    await world.until(second.client.callEntity(id('Both', sender), 'send', { key, through }));
    await world.pass(1_000);
    expect(ownedBy(world, partition)).to.equal(1);
    expect(world.state('list', key)).to.deep.equal(['cause', 'effect']);
    gate.resolve();
    await world.until(running);
    await world.pass(1_000);
    expect(ownedBy(world, partition)).to.equal(2);
  });

  it('run what still waits in a partition that goes and comes back', async () => {
    const world = cluster({}, [counter, keeper]);
    const [first, second] = [await world.start(), await world.start()];
    await world.pass(20_000);
    const [key] = keysOf(world, first, 1) as [string];
    const partition = partitionOf(`@counter@${key}`, partitionCount);
    const run = await world.until(first.client.startNew(keeper, { input: key }));
    await world.pass(1_000);
    for (let n = 0; n < 3; n++) await world.until(first.client.signalEntity(id('Counter', key), 'add', 1));
    giveAway(first, partition, 2);
    await world.pass(2_000);
    expect(ownedBy(world, partition)).to.equal(2);
    await world.until(second.engine.stop());
    await world.pass(2_000);
    expect(ownedBy(world, partition)).to.equal(1);
    await world.until(run.raiseEvent('go'));
    await world.pass(2_000);
    expect(world.state('counter', key)).to.equal(3);
  });

  for (const outcome of ['fails', 'finds no row'])
    it(`tell the end of a run to a caller whose first read ${outcome} after its partition went away`, async () => {
      const world = cluster({ evictAfterEachTurn: true }, [counter, keeper]);
      const [first, second] = [await world.start(), await world.start()];
      await world.pass(20_000);
      const instanceId = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        .map((n) => `run${n}`)
        .find((each) => ownerOf(world, each) === first.store.incarnation) as string;
      const partition = partitionOf(instanceId, partitionCount);
      if (outcome === 'fails') await world.until(first.client.startNew(keeper, { instanceId, input: 'a' }));
      await world.pass(1_000);
      // The first read is the one of the engine: the reads of the tables come when the partition has gone.
      const gate = deferred();
      first.store.holdBefore.set('loadInstances', gate.promise);
      let isFirst = outcome === 'fails';
      first.store.plan = (access) => {
        if (access !== 'loadInstances' || !isFirst) return undefined;
        isFirst = false;
        return 'fail';
      };
      const result = first.client.run(keeper, instanceId).result();
      result.catch(() => {});
      await world.pass(10);
      giveAway(first, partition, 2);
      await world.pass(2_000);
      expect(ownedBy(world, partition)).to.equal(2);
      first.store.holdBefore.clear();
      gate.resolve();
      await world.pass(1_000);
      if (outcome === 'fails') {
        await world.until(second.client.run(keeper, instanceId).raiseEvent('go'));
        expect(await world.until(result, 20_000)).to.equal(undefined);
      } else expect((await failure(world.until(result, 20_000))).name).to.equal('OrchestrationNotFoundError');
    });

  it('answer a repeated request after its partition went and came back', async () => {
    const world = cluster({}, [counter, keeper]);
    const [first, second] = [await world.start(), await world.start()];
    await world.pass(20_000);
    const [key] = keysOf(world, first, 1) as [string];
    const run = await world.until(first.client.startNew(keeper, { input: key }));
    await world.pass(1_000);
    const call = () => first.client.callEntity(id('Counter', key), 'add', 5, { requestId: 'once' });
    const answer = call();
    await world.pass(100);
    giveAway(first, partitionOf(`@counter@${key}`, partitionCount), 2);
    await world.pass(2_000);
    await world.until(run.raiseEvent('go'));
    expect(await world.until(answer)).to.equal(5);
    await world.until(second.engine.stop());
    await world.pass(2_000);
    expect(await world.until(call(), 10_000)).to.equal(5);
    expect(world.state('counter', key)).to.equal(5);
  });

  it('give back the attempt of a message whose partition goes before it ran', async () => {
    const world = cluster();
    for (const partition of world.database.partitions) partition.crashes = 2;
    const [first, second] = [await world.start(), await world.start()];
    await world.pass(20_000);
    const [key] = keysOf(world, first, 1) as [string];
    const partition = partitionOf(`@counter@${key}`, partitionCount);
    const [committed, acquired] = [deferred(), deferred()];
    first.store.holdAnswer.set('commit', committed.promise);
    second.store.holdBefore.set('acquire', acquired.promise);
    void first.client.signalEntity(id('Counter', key), 'add', 1);
    await world.pass(100);
    // The next batch chooses the message, and gives its partition away.
    giveAway(first, partition, 2);
    first.store.holdAnswer.clear();
    committed.resolve();
    await world.pass(500);
    expect(ownedBy(world, partition)).to.equal(2);
    expect([...world.database.inbox.values()].map(({ attempts }) => attempts)).to.deep.equal([0]);
    second.store.holdBefore.clear();
    acquired.resolve();
    await world.pass(5_000);
    expect(world.state('counter', key)).to.equal(1);
  });

  it('take what is given to them at once, without a look at the others before', async () => {
    const world = cluster();
    const [first, second] = [await world.start(), await world.start()];
    await world.pass(20_000);
    // In a moment without a tick of either worker.
    const partitions = [0, 1, 2, 3, 4, 5, 6, 7].filter((each) => ownedBy(world, each) === 1).slice(0, 2);
    const held = deferred();
    second.store.holdBefore.set('acquire', held.promise);
    second.store.accesses.length = 0;
    giveAway(first, partitions[0] as number, 2);
    await world.pass(20);
    expect(second.store.accesses[0]).to.equal('acquire');
    // The second one is given while the barrier of the first one is not over.
    giveAway(first, partitions[1] as number, 2);
    await world.pass(20);
    second.store.holdBefore.clear();
    held.resolve();
    await world.pass(20);
    for (const partition of partitions) expect(second.engine['worker'].term?.ownership.owns(partition)).to.equal(true);
  });

  it('do not move a partition in which something runs outside, until it has ended', async () => {
    const gate = deferred();
    const slow = slowListBy(() => gate.promise);
    const world = cluster({}, [slow, counter]);
    const first = await world.start();
    const calls = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) =>
      first.client.callEntity(id('SlowList', key), 'append', key),
    );
    await world.pass(1_000);
    await world.start();
    await world.pass(20_000);
    const running = new Set(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => partitionOf(`@slowlist@${key}`, partitionCount)),
    );
    for (const partition of running) expect(world.database.partitions[partition]?.owner).to.equal(1);
    gate.resolve();
    await world.until(Promise.all(calls));
    await world.pass(120_000);
    expect(shares(world)).to.deep.equal({ 1: 4, 2: 4 });
  });

  it('run activities where their orchestrations are, and answer a result anywhere', async () => {
    const work = defineOrchestration('Work', async (context, value: number) =>
      context.callActivity<number>('Double', value),
    );
    const world = cluster({}, [work, doubleBy(ioTurn)]);
    const processes = [await world.start(), await world.start()];
    await world.pass(20_000);
    for (let n = 0; n < 12; n++) {
      const { client } = processes[n % 2] as Process;
      const { client: other } = processes[(n + 1) % 2] as Process;
      await world.until(client.startNew(work, { input: n, instanceId: `run-${n}` }));
      expect(await world.until(other.run(work, `run-${n}`).result())).to.equal(2 * n);
    }
  });

  it('say in their status which partitions they own, what waits, and how commits go', async () => {
    const gate = deferred();
    const world = cluster({}, [slowListBy(() => gate.promise), counter]);
    const processes = [await world.start(), await world.start()];
    await world.pass(20_000);
    const [first, second] = processes.map(({ engine }) => engine.status());
    const partitions = [first, second].flatMap((status) =>
      status?.worker?.partitions.map(({ partition }) => partition),
    );
    expect(partitions).to.have.members([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(first).to.include({ role: 'active', ready: true, name: 'test' });
    expect(first?.worker).to.include({ incarnation: 1, partitionCount, backlog: 0, outside: 0, intake: 0 });
    const key = keysOf(world, processes[0] as Process, 1)[0] as string;
    const owner = processes.find(({ store }) => store.incarnation === ownerOf(world, `@slowlist@${key}`)) as Process;
    const calls = [1, 2, 3].map(() => owner.client.callEntity(id('SlowList', key), 'append', 'x'));
    await world.pass(100);
    const { worker } = owner.engine.status();
    expect(worker).to.include({ backlog: 2, outside: 1 });
    expect(worker?.commits.count).to.be.greaterThan(0);
    gate.resolve();
    await world.until(Promise.all(calls));
    await world.until(owner.engine.stop());
    expect(owner.engine.status()).to.include({ role: 'stopped', ready: false, worker: undefined });
  });

  it('are not ready while their lease is not certain', async () => {
    const world = cluster();
    const process = await world.start();
    expect(process.engine.status().ready).to.equal(true);
    const held = deferred();
    process.store.holdBefore.set('commit', held.promise);
    void process.client.callEntity(id('Counter', 'a'), 'add');
    await world.pass(11_000);
    expect(process.engine.status().ready).to.equal(false);
    process.store.holdBefore.clear();
    held.resolve();
    await world.pass(1_000);
    expect(process.engine.status().ready).to.equal(true);
  });

  it('purge many orchestrations, each worker its own', async () => {
    const world = cluster();
    const processes = [await world.start(), await world.start()];
    await world.pass(20_000);
    const { client } = processes[0] as Process;
    const runs = [];
    for (let n = 0; n < 30; n++) {
      const input = { from: 'a', to: 'a', amount: 1 };
      runs.push((await world.until(client.startNew(transfer, { input, instanceId: `run-${n}` }))).result());
    }
    await world.until(Promise.all(runs));
    expect(await world.until(client.purgeRuns({ runtimeStatus: 'completed' }))).to.equal(30);
    for (let n = 0; n < 30; n++) expect(world.row(`run-${n}`)).to.equal(undefined);
  });

  it('keep hub time beside others when the clock of the database jumps', async () => {
    const world = cluster();
    const first = await world.start();
    await world.pass(10_000);
    const beforeMs = first.engine.hubTimeMs();
    world.time.databaseOffsetMs = 3_600_000;
    const second = await world.start();
    await world.pass(1_000);
    expect(second.engine.hubTimeMs() - beforeMs).to.be.lessThan(20_000);
  });

  it('free their partitions when they stop while they gain some, and send a heartbeat meanwhile', async () => {
    const world = cluster({ leaseMs: 3_000 });
    const first = await world.start();
    const second = await world.start();
    await world.pass(20_000);
    const gate = deferred();
    first.store.holdAnswer.set('acquire', gate.promise);
    await world.until(second.engine.stop());
    await world.pass(1_500);
    expect(shares(world), 'the first worker waits for its answer').to.deep.equal({ 1: 8 });
    const stopping = first.engine.stop();
    // A heartbeat comes after a second.
    await world.pass(2_000);
    gate.resolve();
    await world.until(stopping);
    expect(shares(world), 'nobody is alive').to.deep.equal({});
    expect(world.database.partitions.map(({ owner }) => owner)).to.deep.equal(Array(8).fill(0));
  });

  it('decide about a request id once, at the owner of the target', async () => {
    const world = cluster();
    const processes = [await world.start(), await world.start()];
    await world.pass(20_000);
    for (const owner of processes) {
      const [key] = keysOf(world, owner, 1);
      const calls = processes.flatMap(({ client }) =>
        [1, 2].map(() => client.callEntity(id('Counter', key as string), 'add', 1, { requestId: 'once' })),
      );
      expect(await world.until(Promise.all(calls))).to.deep.equal([1, 1, 1, 1]);
      const signals = processes.map(({ client }) =>
        client.signalEntity(id('Counter', key as string), 'add', 1, { requestId: 'one signal' }),
      );
      await world.until(Promise.all(signals));
      await world.pass(2_000);
      expect(world.state('counter', key as string)).to.equal(2);
    }
  });
});
