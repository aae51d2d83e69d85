/**
 * One fixed scenario, and one fault at the k-th access to the storage, for every k and every kind of fault; then everything is
 * sound again, and what clients were told must be true. (Netherite's IncrementSuccessRuns.)
 */
import { expect } from 'chai';
import { checkCalm } from './checks.js';
import { commitFaults, crashes, type Fault, type FaultStore } from './fault-store.js';
import { everything, id } from './programs.js';
import { Journal, Sender, Switchboard } from './senders.js';
import { World } from './world.js';

const total = 100;

interface Run {
  readonly accesses: number;
  readonly starts: number;
  /** Batches that were refused although nothing was wrong. */
  readonly refused: number;
}

/** Runs the scenario with `fault` at access `k`, of the first process or, counting on, of those after it. */
async function scenario(fault: Fault | undefined, k: number, evictAfterEachTurn: boolean): Promise<Run> {
  const world = new World(everything, { options: { evictAfterEachTurn, leaseMs: 15_000 } });
  const stores: FaultStore[] = [];
  let count = 0;
  world.onStore = (store) => {
    stores.push(store);
    store.plan = () => (count++ === k ? fault : undefined);
  };
  const journal = new Journal();
  const board = new Switchboard(world);
  const sender = (name: string) => new Sender(name, board, journal);
  const [a, b, c, d, e] = ['a', 'b', 'c', 'd', 'e'].map(sender) as [Sender, Sender, Sender, Sender, Sender];
  const all = Promise.all([
    (async () => {
      await a.append('List', 'l');
      await a.burst('List', 'l', 3);
      await a.callSurely('List', 'l');
      await a.appendSurely('List', 'l');
    })(),
    (async () => {
      await b.append('SlowList', 's');
      await b.callSurely('SlowList', 's');
      await b.burst('SlowList', 's', 2);
      await b.passOn('Relay', ['l', 'm']);
      await b.passOn('SlowRelay', ['l', 'm']);
    })(),
    (async () => {
      await c.transfer({ from: 'a', to: 'b', amount: 10 });
      await Promise.all([
        c.transfer({ from: 'b', to: 'a', amount: 20 }),
        c.transfer({ from: 'a', to: 'c', amount: 5 }),
      ]);
    })(),
    (async () => {
      await d.schedule('l', 700);
      await d.errand();
    })(),
    e.countdown(3),
  ]);
  await world.until((async () => board.current())());
  await world.until(seed(board));
  await world.until(all);
  await world.pass(5_000);
  await world.until(board.current());
  await world.pass(5_000);
  journal.check(world);
  const balances = ['a', 'b', 'c'].map((key) => (world.state('Counter', key) as number | undefined) ?? 0);
  expect(
    balances.reduce((x, y) => x + y),
    `sum of ${balances.join(', ')}`,
  ).to.equal(total);
  await checkCalm(world);
  const faulty = fault === undefined ? 0 : 1;
  const resets = world.log.filter(({ message }) => message.startsWith('The worker drops')).length;
  expect(resets, 'resets').to.be.at.most(faulty);
  return {
    accesses: stores.reduce((sum, store) => sum + store.accesses.length, 0),
    starts: board.starts,
    refused: stores.flatMap(({ batches }) => batches).filter(({ applied }) => !applied).length,
  };
}

/** The money that is moved about. */
async function seed(board: Switchboard): Promise<void> {
  const sender = new Sender('seed', board, new Journal());
  await sender.surely((client) => client.callEntity(id('Counter', 'a'), 'add', total, { requestId: 'seed' }));
}

describe('one fault at every access to the storage', () => {
  for (const evictAfterEachTurn of [false, true]) {
    const how = evictAfterEachTurn ? 'with every instance dropped after each turn' : 'with instances kept in memory';
    it(`does not matter ${how}`, async function () {
      this.timeout(120_000);
      const sound = await scenario(undefined, -1, evictAfterEachTurn);
      expect(sound.refused, 'batches refused without a fault').to.equal(0);
      for (const fault of [...commitFaults, ...crashes]) {
        for (let k = 0; k < sound.accesses; k++) {
          try {
            await scenario(fault, k, evictAfterEachTurn);
          } catch (error) {
            (error as Error).message = `${fault} at access ${k}: ${(error as Error).message}`;
            throw error;
          }
        }
      }
    });
  }
});
