/** Workers that may be dead and are not known to be. */
import { expect } from 'chai';
import { MemoryStore } from '../../src/storage/memory/index.js';
import { counter } from './programs.js';
import { defaults, World } from './world.js';

const partitionCount = 8;

function cluster(): World {
  return new World([counter], { database: { partitionCount, shared: true, presence: false } });
}

/** The number of partitions that each living worker owns, by incarnation. */
function shares(world: World): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const [incarnation, { alive }] of world.database.workers) if (alive) counts[incarnation] = 0;
  for (const { owner } of world.database.partitions) if (owner in counts) counts[owner] = (counts[owner] ?? 0) + 1;
  return counts;
}

describe('a worker that shows no life', () => {
  it('gets no partitions if its process was killed right after it joined', async () => {
    const world = cluster();
    await world.start();
    await world.pass(20_000);
    const store = new MemoryStore(world.database, () => world.time.wallMs());
    await store.open();
    await store.join({ name: 'killed', leaseMs: defaults.leaseMs, names: [], version: '' });
    await world.pass(14_000);
    expect(shares(world)).to.deep.equal({ 1: 8, 2: 0 });
  });

  it('gets its share soon after its first commit, which comes with its start', async () => {
    const world = cluster();
    await world.start();
    await world.pass(20_000);
    const second = await world.start();
    await world.pass(100);
    expect(second.store.batches.map(({ applied }) => applied)).to.deep.equal([true]);
    await world.pass(3_500);
    expect(shares(world)).to.deep.equal({ 1: 4, 2: 4 });
  });

  it('gets nothing of a worker that stops, and the others get all of it at once', async () => {
    const world = cluster();
    const [first, second] = [await world.start(), await world.start(), await world.start()];
    await world.pass(20_000);
    expect(shares(world)).to.deep.equal({ 1: 3, 2: 3, 3: 2 });
    second.clock.pause();
    await world.pass(8_000);
    await world.until(first.engine.stop());
    await world.pass(100);
    expect(shares(world)).to.deep.equal({ 2: 3, 3: 5 });
  });
});
