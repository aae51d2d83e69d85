/**
 * Random orchestrations whose activities are broken until somebody mends them, suspended and resumed, rewound until they end: what succeeded was done once,
 * and the result is the one of a run that nothing went wrong with. `SEED=17 SEEDS=1 npx mocha dist/test/engine/random-rewinds.spec.js`
 * repeats one.
 */
import { expect } from 'chai';
import { defineActivity } from '../../src/functions/define.js';
import { Seeded } from '../../src/testing/seeded.js';
import { amount } from '../amount.js';
import type { Fault } from './fault-store.js';
import { counter, list } from './programs.js';
import { drawTree, expectedOfTree, flat, tree, type TreeStep } from './trees.js';
import { World, type Process } from './world.js';

async function program(seed: number): Promise<number> {
  const random = new Seeded(seed);
  const steps = drawTree(random, 2, 'top');
  const all = [...flat(steps)];
  const broken = new Set<string>();
  for (const each of all) if ('label' in each && random.chance(0.4)) broken.add(each.label);
  const successes: string[] = [];
  const act = defineActivity('Act', async (_, label: string) => {
    if (broken.has(label)) throw new Error(`${label} is broken`);
    successes.push(label);
    return `${label}!`;
  });
  const world = new World([act, tree, counter, list], {
    seed,
    options: { evictAfterEachTurn: random.chance(0.5) },
  });
  const fault = random.pick<Fault | undefined>([undefined, 'unknown-applied', 'unknown-lost', 'slow']);
  world.onStore = (store) => {
    store.plan = (access) => (access === 'commit' && fault !== undefined && random.chance(0.1) ? fault : undefined);
  };
  let now: Process = await world.start();
  await world.until(now.client.startNew('Tree', { instanceId: 'tree', input: steps }));
  let rewinds = 0;
  for (;;) {
    const handle = now.client.run('Tree', 'tree');
    // Those that it has taken are not awaited a second time.
    for (const each of steps) {
      if (each.kind === 'event') await world.until(handle.raiseEvent(each.label, each.label).catch(() => {}));
    }
    if (random.chance(0.5)) {
      const suspended = await world.until(
        handle
          .suspend('a pause')
          .then(() => true)
          .catch(() => false),
      );
      await world.pass(random.below(4_000));
      if (suspended && random.chance(0.3)) {
        now.crash();
        now = await world.start();
      }
      if (suspended) await world.until(now.client.run('Tree', 'tree').resume());
    }
    const outcome = world.until(now.client.run('Tree', 'tree').result({ timeout: '1h' })).then(
      (value) => ({ value }),
      (error: Error) => ({ error }),
    );
    const ended = await outcome;
    if ('value' in ended) {
      expect(JSON.stringify(ended.value)).to.equal(JSON.stringify(expectedOfTree(steps)));
      break;
    }
    expect(ended.error).to.have.property('code', 'DE_ORCHESTRATION_FAILED');
    await world.pass(5_000);
    const [mended] = broken;
    if (mended === undefined) throw ended.error;
    broken.delete(mended);
    if (random.chance(0.3)) {
      now.crash();
      now = await world.start();
    }
    await world.until(now.client.run('Tree', 'tree').rewind());
    rewinds++;
  }
  await world.pass(5_000);
  const labelsOf = (...kinds: TreeStep['kind'][]) =>
    all.flatMap((each) => (kinds.includes(each.kind) && 'label' in each ? [each.label] : [])).toSorted();
  const appended = (key: string) => ((world.state('List', key) as string[] | undefined) ?? []).toSorted();
  expect(appended('signals'), 'signals').to.deep.equal(labelsOf('signal'));
  expect(appended('calls'), 'calls').to.deep.equal(labelsOf('call'));
  expect(world.state('Counter', 'x') ?? 0, 'sections').to.equal(labelsOf('section').length);
  expect([...new Set(successes)].toSorted()).to.deep.equal(labelsOf('activity', 'retried'));
  expect(world.database.inbox.size, 'rows left').to.equal(0);
  return rewinds;
}

describe('random orchestrations that are rewound', () => {
  const seeds = Number(process.env['SEEDS'] ?? amount({ usual: 30, long: 300 }));
  const first = Number(process.env['SEED'] ?? 1);
  it(`rewound random orchestrations do each successful action once, and reach the result of an undisturbed run (seeds ${first} to ${first + seeds - 1})`, async () => {
    let rewinds = 0;
    for (let seed = first; seed < first + seeds; seed++) {
      try {
        rewinds += await program(seed);
      } catch (error) {
        throw new Error(`seed ${seed}: SEED=${seed} SEEDS=1 repeats it`, { cause: error });
      }
    }
    if (seeds >= 30) expect(rewinds).to.be.greaterThan(seeds / 4);
  });
});
