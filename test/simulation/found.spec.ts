/** Faults that the simulator once found, each in a world made for it. */
import { expect } from 'chai';
import { amount } from '../amount.js';
import { draw, drawSeveral } from './plan.js';
import { simulate } from './simulation.js';
import {
  busyReceipts,
  damagedRows,
  longBacklogs,
  longQueues,
  pausedRestarts,
  refusedTwice,
  slowJoins,
} from './worlds.js';

describe('worlds in which the simulator found something', () => {
  it('a poll that saw a row before it was left to the table does not take it for a repeat of itself', async () => {
    for (let seed = 1; seed <= amount({ usual: 10, long: 40 }); seed++)
      expect((await simulate(longQueues(seed))).failure?.message, `seed ${seed}`).to.equal(undefined);
  });

  it('P1: a repeat is a repeat also when its receipt leaves the cache while others are looked up', async () => {
    for (let seed = 1; seed <= amount({ usual: 4, long: 10 }); seed++)
      expect((await simulate(busyReceipts(seed))).failure?.message, `seed ${seed}`).to.equal(undefined);
  });

  for (const [world, what] of [
    [slowJoins, 'hub time does not go back if a worker stands still between its join and its first partitions'],
    [
      pausedRestarts,
      'a worker that stood still does not answer with the end of an execution that another one has restarted',
    ],
    [refusedTwice, 'P6: a message that the storage refused has its turn while other messages keep coming'],
    [longBacklogs, 'a worker that reads its backlog for longer than its lease keeps its partitions'],
    [
      damagedRows,
      'P5: callers of a damaged entity get an error, signals wait until it is mended, and other entities work on',
    ],
  ] as const)
    it(what, async () => {
      expect((await simulate(world(1))).failure?.message).to.equal(undefined);
    });

  for (const [seed, what] of [
    [12521, 'a process that goes on after a storage fault has not died of what it ran, whoever takes over meanwhile'],
    [35218, 'the same of a message that waits in the table'],
    [43552, 'the same of an activity'],
    [25484, 'nor has one that is stopped while the storage fails'],
    [302444, 'what is due comes late by no more than a slow clock is behind'],
    [72997, 'a suspend whose acknowledgement was lost may come behind a resume'],
  ] as const)
    it(`seed ${seed}: ${what}`, async () => {
      expect((await simulate(draw(seed))).failure?.message).to.equal(undefined);
    });

  for (const [seed, what] of [
    [
      230628,
      'a worker that has not the code of an orchestration gives it away, also if its messages wait in the table',
    ],
  ] as const)
    it(`seed ${seed} of several workers: ${what}`, async () => {
      expect((await simulate(drawSeveral(seed))).failure?.message).to.equal(undefined);
    });
});
