import { expect } from 'chai';
import type { EngineOptions } from '../../src/engines/sql/options.js';
import { partitionOf } from '../../src/engines/sql/core/partition.js';
import { defineEntity } from '../../src/functions/define.js';
import { counter, id } from './programs.js';
import { deferred, World, type Process } from './world.js';

const partitionCount = 8;

function cluster(
  options: Partial<EngineOptions> = {},
  { definitions = [counter] as readonly unknown[], presence = true } = {},
): World {
  return new World(definitions, { database: { partitionCount, shared: true, presence }, options });
}

/** The number of partitions that each living worker owns, by incarnation. */
function shares(world: World): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const [incarnation, { alive }] of world.database.workers) if (alive) counts[incarnation] = 0;
  for (const { owner } of world.database.partitions) if (owner in counts) counts[owner] = (counts[owner] ?? 0) + 1;
  return counts;
}

const balanced = { 1: 4, 2: 4 };

async function two(world: World): Promise<[Process, Process]> {
  const processes: [Process, Process] = [await world.start(), await world.start()];
  await world.pass(20_000);
  expect(shares(world)).to.deep.equal(balanced);
  return processes;
}

/** How many batches a process has committed. */
function committed({ store }: Process): number {
  return store.batches.filter(({ applied }) => applied).length;
}

describe('presence', () => {
  it('lets others take over from a killed worker within 7.2 seconds, long before its lease is over', async () => {
    const world = cluster();
    const [first] = await two(world);
    first.crash();
    await world.pass(7_300);
    expect(shares(world)).to.deep.equal({ 2: 8 });
  });

  it('lets a worker that was killed and started again take over from itself', async () => {
    const world = cluster();
    const first = await world.start();
    await world.pass(20_000);
    first.crash();
    const second = await world.start();
    expect(shares(world)).to.deep.equal({ 1: 8, 2: 0 });
    await world.pass(7_300);
    expect(shares(world)).to.deep.equal({ 2: 8 });
    expect(await world.until(second.client.callEntity(id('Counter', 'a'), 'add', 1))).to.equal(1);
  });

  it('is kept by a worker that stands still: its lease counts', async () => {
    const world = cluster();
    const [first] = await two(world);
    first.clock.pause();
    await world.pass(12_000);
    expect(shares(world)).to.deep.equal(balanced);
    await world.pass(6_000);
    expect(shares(world)).to.deep.equal({ 2: 8 });
  });

  it('that is lost costs a living worker nothing: it commits every second', async () => {
    const world = cluster();
    const [first] = await two(world);
    const before = committed(first);
    first.store.onCut();
    await world.pass(30_000);
    expect(shares(world)).to.deep.equal(balanced);
    expect(committed(first) - before).to.be.within(25, 31);
    first.store.onMend();
    await world.pass(3_000);
    const mended = committed(first);
    await world.pass(30_000);
    expect(committed(first) - mended).to.be.within(5, 7);
    expect(world.log.filter(({ message }) => message.startsWith('The worker reads its state again'))).to.deep.equal([]);
  });

  it('that nobody can hold leaves the lease to tell who is dead', async () => {
    const world = cluster({}, { presence: false });
    const [first] = await two(world);
    first.crash();
    await world.pass(13_000);
    expect(shares(world)).to.deep.equal(balanced);
    await world.pass(4_000);
    expect(shares(world)).to.deep.equal({ 2: 8 });
  });

  for (const [presence, starts] of [
    [true, 1],
    [false, 2],
  ] as const)
    it(`${presence ? 'limits' : 'that is not used does not limit'} the start of external work to one beat after a commit`, async () => {
      const gates = [deferred(), deferred()];
      let begun = 0;
      const slow = defineEntity('Slow', async () => gates[begun++]!.promise);
      const world = cluster({ maxConcurrentExternal: 1 }, { definitions: [slow], presence });
      const [first] = await two(world);
      const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
      const own = keys.filter((key) => {
        const owner = world.database.partitions[partitionOf(`@slow@${key}`, partitionCount)]?.owner;
        return owner === first.store.incarnation;
      });
      for (const key of own.slice(0, 2)) void first.client.callEntity(id('Slow', key), 'work');
      await world.pass(100);
      expect(begun).to.equal(1);
      // From now on no commit is answered. The second operation waits for the place of the first one.
      const held = deferred();
      first.store.holdBefore.set('commit', held.promise);
      await world.pass(6_000);
      gates[0]!.resolve();
      await world.pass(500);
      expect(begun).to.equal(starts);
      first.store.holdBefore.clear();
      held.resolve();
      await world.pass(1_000);
      expect(begun).to.equal(2);
      gates[1]!.resolve();
    });
});

describe('an idle worker', () => {
  it('sends one statement a second, and a commit every five seconds', async () => {
    const world = cluster();
    const [first] = await two(world);
    const before = first.store.accesses.length;
    await world.pass(60_000);
    const counts: Record<string, number> = {};
    for (const access of first.store.accesses.slice(before)) counts[access] = (counts[access] ?? 0) + 1;
    expect(Object.keys(counts).toSorted()).to.deep.equal(['commit', 'poll']);
    expect(counts['poll']).to.be.within(50, 75);
    expect(counts['commit']).to.be.within(11, 13);
  });
});
