/** What the simulator found once, in worlds made for it. */
import { expect } from 'chai';
import { draw, type Plan, type Step } from './plan.js';
import { simulate } from './simulation.js';

/** Clients in processes of their own, a short memory for long queues, and nothing that goes wrong. */
function longQueues(seed: number): Plan {
  const steps: Step[] = [
    { do: 'burst', name: 'SlowList', key: 'm', count: 5 },
    { do: 'callSurely', name: 'SlowList', key: 'm' },
    { do: 'burst', name: 'SlowList', key: 'n', count: 5 },
    { do: 'appendSurely', name: 'SlowList', key: 'n' },
  ];
  return {
    ...draw(1),
    seed,
    partitionCount: 1,
    processes: 2,
    connected: 2,
    options: { maxWaitingInMemory: 1 + (seed % 3) },
    evicting: 0,
    stepMs: 0,
    latencyMs: 20,
    rate: 1,
    skewMs: 0,
    faults: { given: [] },
    strikes: [],
    senders: [steps, steps.toReversed()],
  };
}

describe('worlds in which the simulator found something', () => {
  it('a poll that saw a row before it was left to the table does not take it for a repeat of itself', async function () {
    this.timeout(120_000);
    for (let seed = 1; seed <= 40; seed++)
      expect((await simulate(longQueues(seed))).failure?.message, `seed ${seed}`).to.equal(undefined);
  });
});
