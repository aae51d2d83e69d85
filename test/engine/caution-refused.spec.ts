import { expect } from 'chai';
import { defineEntity } from '../../src/functions/define.js';
import { Refusals } from '../../src/engines/sql/core/refusals.js';
import { Caution } from '../../src/engines/sql/worker/caution.js';
import type { OpenBatch } from '../../src/engines/sql/commit/open-batch.js';
import type { Message } from '../../src/engines/sql/live/message.js';
import type { Clock } from '../../src/ports/clock.js';
import { counter, id } from './programs.js';
import { deferred, World } from './world.js';

/** A worker of all partitions that does nothing by itself. */
const idleWork = {
  committedSeq: 0,
  ended: undefined,
  shared: false,
  ownership: { numbers: [0], owns: () => true, partitionCount: 1 },
  outside: { count: 0 },
  markReady() {},
  wake() {},
};

describe('cautious work: a refused batch', () => {
  it('a refused batch costs only a message whose effects were in it', async () => {
    const gate = deferred();
    let runs = 0;
    const slow = defineEntity('Slow', async (context) => {
      runs++;
      await gate.promise;
      context.setState('done');
    });
    const world = new World([counter, slow]);
    (await world.start()).die();
    for (const partition of world.database.partitions) partition.crashes = 5;
    let faults = 0;
    world.onStore = (store) => {
      store.plan = (access) => {
        const bad = store.batches.at(-1)?.batch.inbox.some(({ target }) => target === '@counter@bad') === true;
        return access === 'commit' && bad && faults++ === 0 ? 'refuse' : undefined;
      };
    };
    const { client } = await world.start();
    await world.until(client.signalEntity(id('Slow', 's'), 'go'));
    await world.pass(2_000);
    expect(runs).to.equal(1);
    await world.until(client.signalEntity(id('Counter', 'bad'), 'add'), 20_000);
    expect(faults).to.be.greaterThan(0);
    gate.resolve();
    await world.pass(5_000);
    expect([...world.database.deadLetters.values()].map(({ target }) => target)).to.deep.equal([]);
    expect(world.state('Slow', 's')).to.equal('done');
  });

  it('a message that the storage refused has its turn after 100 ms, however many others come and however often a term ends', () => {
    const refusals = new Refusals();
    refusals.refused([1], new Error('too large'));
    const message = (row: number) =>
      ({ row, target: 'run', body: { kind: 'none' }, durable: true, attempts: 0 }) as Message;
    const suspect = message(1);
    let nowMs = 0;
    const clock = { monotonicMs: () => nowMs, setTimer: () => ({ cancel() {} }) } as unknown as Clock;
    const chosen: number[] = [];
    for (let row = 2; row < 40 && !chosen.includes(1); row++, nowMs += 10) {
      const batch = { seq: 1, attempted: new Map<number, number>() } as OpenBatch;
      const work = { ...idleWork, ports: { clock }, batch };
      const caution = new Caution(work, new Map(), refusals);
      caution.gained([{ partition: 0, epoch: 1, crashes: 2, gainedMs: 0 }]);
      caution.permit(undefined, suspect);
      caution.permit(undefined, message(row));
      chosen.push(...batch.attempted.keys());
    }
    expect(chosen).to.deep.equal([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1]);
  });

  it('the time in which a backlog is read does not make work healthy, because no message has run yet', () => {
    let nowMs = 0;
    const clock = { monotonicMs: () => nowMs, setTimer: () => ({ cancel() {} }) } as unknown as Clock;
    const batch = { seq: 1, attempted: new Map<number, number>(), healthy: [] as readonly number[] } as OpenBatch;
    const work = { ...idleWork, ports: { clock }, batch };
    const caution = new Caution(work, new Map(), new Refusals());
    caution.gained([{ partition: 0, epoch: 1, crashes: 5, gainedMs: 0 }]);
    nowMs = 600_000;
    caution.committed();
    expect([caution.active, batch.healthy]).to.deep.equal([true, []]);
    caution.begin();
    nowMs += 60_000;
    caution.committed();
    expect([caution.active, batch.healthy]).to.deep.equal([false, [0]]);
  });
});
