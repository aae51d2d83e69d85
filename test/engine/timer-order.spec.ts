/** Timers that are due together fire in the order of their times, whatever delayed them. */
import { expect } from 'chai';
import { defineOrchestration } from '../../src/functions/define.js';
import { World } from './world.js';

const waits = defineOrchestration('Waits', async (context, delays: readonly number[]) => {
  const order: number[] = [];
  await Promise.all(delays.map((ms) => context.createTimer(ms).then(() => order.push(ms))));
  return order;
});

describe('timers that are due together', () => {
  const delays = [20, 1, 10, 2_000, 5];
  const sorted = [1, 5, 10, 20, 2_000];

  it('timers that became due while no host ran fire in the order of their times', async () => {
    const world = new World([waits]);
    const first = await world.start();
    // They are committed, and the process dies before the first is due.
    first.store.plan = (access) => (access === 'poll' ? 'crash-before' : undefined);
    await world.until(first.client.startNew(waits, { instanceId: 'w', input: delays }));
    await world.until(first.died);
    await world.pass(5_000);
    const second = await world.start();
    expect(await world.until(second.client.run(waits, 'w').result())).to.deep.equal(sorted);
  });

  it('timers that become due during the turn that sets them fire in the order of their times', async () => {
    const slow = defineOrchestration('Slow', async (context) => {
      // The machine stands still in this turn.
      world.time.elapsedMs += 50;
      const order: number[] = [];
      await Promise.all(delays.map((ms) => context.createTimer(ms).then(() => order.push(ms))));
      return order;
    });
    const world = new World([slow]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(slow));
    expect(await world.until(run.result())).to.deep.equal(sorted);
  });
});
