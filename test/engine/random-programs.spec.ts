/**
 * A slice of the simulator (`npm run simulate` runs more): random programs, random faults, from a seed.
 * `SEED=17 SEEDS=1 npx mocha dist/test/engine/random-programs.spec.js` repeats one.
 */
import { expect } from 'chai';
import { amount } from '../amount.js';
import { draw } from '../simulation/plan.js';
import { runSeeds } from '../simulation/seeds.js';
import { simulate } from '../simulation/simulation.js';
import { faultsOf } from '../simulation/tally.js';

const each = amount({ usual: 10, long: 60 });

describe('random programs with random faults', () => {
  it('random programs with random faults keep every promise', async () => {
    const first = Number(process.env['SEED'] ?? 1);
    const count = Number(process.env['SEEDS'] ?? each);
    const { counters, failed } = await runSeeds({ first, last: first + count - 1 }, ({ length }) => length > 0);
    for (const { seed, message, tail } of failed) throw new Error(`SEED=${seed}: ${message}\n${tail.join('\n')}`);
    if (count >= each) {
      expect(faultsOf(counters), 'faults').to.be.greaterThan(count);
      expect(counters.takeovers, 'takeovers').to.be.greaterThan(count / 10);
      expect(counters.acknowledged, 'acknowledgements').to.be.greaterThan(count);
    }
  });

  it('random programs are the same for the same seed, and differ for another seed', async () => {
    const hash = async (seed: number) => (await simulate(draw(seed))).hash;
    expect(await hash(7)).to.equal(await hash(7));
    expect(await hash(7)).not.to.equal(await hash(8));
  });
});
