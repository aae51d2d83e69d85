/** What the simulator found once, in worlds made for it. */
import { expect } from 'chai';
import { simulate } from './simulation.js';
import { longQueues } from './worlds.js';

describe('worlds in which the simulator found something', () => {
  it('a poll that saw a row before it was left to the table does not take it for a repeat of itself', async function () {
    this.timeout(120_000);
    for (let seed = 1; seed <= 40; seed++)
      expect((await simulate(longQueues(seed))).failure?.message, `seed ${seed}`).to.equal(undefined);
  });
});
