/** Explanations in drawn worlds. The simulator fails if an open orchestration of a world at rest has no reason. */
import { expect } from 'chai';
import { amount } from '../amount.js';
import { draw, drawSeveral } from './plan.js';
import { simulate } from './simulation.js';

const worlds = amount({ usual: 4, long: 20 });

describe('explanations of worlds at rest', () => {
  for (const [name, drawOne] of [
    ['one worker', draw],
    ['several workers', drawSeveral],
  ] as const)
    it(`each open orchestration has a reason, with ${name}`, async () => {
      let explained = 0;
      for (let seed = 4; seed <= 4 * worlds; seed += 4) {
        const outcome = await simulate(drawOne(seed), false);
        expect(outcome.failure?.message, `seed ${seed}`).to.equal(undefined);
        explained += outcome.explained;
      }
      expect(explained, 'orchestrations that were open').to.be.at.least(4 * worlds);
    });
});
