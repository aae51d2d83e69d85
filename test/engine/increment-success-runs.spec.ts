/**
 * A drawn slice of the systematic mode of the simulator: `npm run simulate -- --systematic` tries every kind of fault at every access. The
 * error of a failure names both.
 */
import { expect } from 'chai';
import { amount } from '../amount.js';
import { simulate } from '../simulation/simulation.js';
import { scenarios } from '../simulation/systematic.js';
import { faultsAt } from './every-access.js';

/** One of so many pairs of an access and a kind of fault is tried. */
const oneOf = amount({ usual: 80, long: 20 });

describe('one fault at every access to the storage', () => {
  for (const name of ['messages', 'runs and locks']) {
    it(`every message takes effect once with one fault at any access to the storage: ${name}`, async () => {
      const scenario = scenarios.find((each) => each.name === name);
      if (scenario === undefined) throw new Error(`There is no scenario ${name}.`);
      const sound = await simulate(scenario.plan);
      expect(sound.failure, 'without a fault').to.equal(undefined);
      expect(sound.accesses).to.be.greaterThan(50);
      const first = Math.floor(Math.random() * oneOf);
      for (let access = 0; access < sound.accesses; access++) {
        for (const fault of faultsAt(access, oneOf, first)) {
          const plan = { ...scenario.plan, faults: { given: [[access, fault]] as const } };
          const { failure } = await simulate(plan, false);
          if (failure !== undefined)
            throw new Error(`${fault} at access ${access}: ${failure.message}\n${failure.tail.join('\n')}`);
        }
      }
    });
  }
});
