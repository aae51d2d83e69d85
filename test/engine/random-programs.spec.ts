/**
 * Random programs, random faults, random latencies, from a seed. `SEED=17 SEEDS=1 npx mocha dist/test/engine/random-programs.spec.js`
 * repeats one.
 */
import { expect } from 'chai';
import { Seeded } from '../../src/testing/seeded.js';
import { ioTurn } from '../../src/testing/virtual-clock.js';
import { checkCalm } from './checks.js';
import { commitFaults, crashes, type Fault } from './fault-store.js';
import { everything, id } from './programs.js';
import { Journal, Sender, Switchboard } from './senders.js';
import { World } from './world.js';

const accounts = ['a', 'b', 'c', 'd'];
const lists = ['l', 'm', 'n'];
const each = 250;

async function program(seed: number): Promise<void> {
  const random = new Seeded(seed);
  const world = new World(everything, {
    seed,
    database: { partitionCount: random.pick([1, 4, 16]) },
    options: {
      maxIdleInstances: random.pick([2, 20_000]),
      maxConcurrentExternal: random.pick([1, 2, 256]),
      maxWaitingInMemory: random.pick([1, 3, 1_000]),
    },
  });
  // Swarm testing: every seed has its own kinds of trouble.
  const faults = [...commitFaults, ...crashes].filter(() => random.chance(0.4));
  const probability = random.pick([0, 0.02, 0.05, 0.15]);
  const slowest = random.pick([0, 2, 6]);
  world.time.stepMs = random.pick([0, 0.01, 1, 7]);
  let budget = 80;
  // A message whose process dies, or whose batch is refused for good, three times is given up, whoever is to blame: two is the most here.
  let deaths = 0;
  world.onStore = (store) => {
    store.plan = (): Fault | undefined => {
      if (faults.length === 0 || !random.chance(probability) || budget-- <= 0) return undefined;
      const fault = random.pick(faults);
      if (!crashes.includes(fault) && fault !== 'refuse') return fault;
      return deaths++ < 2 ? fault : undefined;
    };
    store.latency = () => [1 + random.below(slowest + 1), random.below(slowest + 1)];
  };
  const journal = new Journal();
  const board = new Switchboard(world, () => ({ evictAfterEachTurn: random.chance(0.3) }));
  const seedMoney = new Sender('seed', board, new Journal());
  await world.until(
    Promise.all(
      accounts.map((key) =>
        seedMoney.surely((client) => client.callEntity(id('Counter', key), 'add', 25, { requestId: 'seed' })),
      ),
    ),
  );
  const senders = Array.from({ length: 2 + random.below(4) }, (_, n) => new Sender(`s${n}`, board, journal));
  const all = senders.map(async (sender) => {
    for (let left = 2 + random.below(6); left > 0; left--) await step(sender, random);
  });
  if (!faults.some((fault) => crashes.includes(fault) || fault === 'refuse') && random.chance(0.3))
    all.push(strike(world, board, random));
  await world.until(Promise.all(all), 3_600_000);
  budget = 0;
  await world.until(board.current());
  await world.pass(20_000);
  journal.check(world);
  const balances = accounts.map((key) => (world.state('Counter', key) as number | undefined) ?? 0);
  expect(
    balances.reduce((x, y) => x + y),
    `sum of ${balances.join(', ')}`,
  ).to.equal(25 * accounts.length);
  await checkCalm(world);
  const { engine } = await board.current();
  await world.until(engine.stop(), 60_000);
  expect(world.database.partitions.every(({ owner }) => owner === 0)).to.equal(true);
}

async function step(sender: Sender, random: Seeded): Promise<void> {
  const list = random.pick(lists);
  const kind = random.pick(['List', 'SlowList'] as const);
  const other = random.pick(lists);
  switch (random.below(13)) {
    case 0:
      return sender.append(kind, list);
    case 1:
      return sender.burst(kind, list, 1 + random.below(5));
    case 2:
      return sender.callSurely(kind, list);
    case 3:
      return sender.appendSurely(kind, list);
    case 4:
      return sender.callOnce(kind, list);
    case 5:
      return sender.passOn(random.pick(['Relay', 'SlowRelay'] as const), list === other ? [list] : [list, other]);
    case 6:
      return sender.schedule(list, random.below(3_000) - 200);
    case 7: {
      const transfers = Array.from({ length: 1 + random.below(3) }, () =>
        sender.transfer({ from: random.pick(accounts), to: random.pick(accounts), amount: random.below(30) }),
      );
      return void (await Promise.all(transfers));
    }
    case 8:
      return sender.errand();
    case 9:
      return sender.countdownAtOnce(1 + random.below(6));
    case 10:
      return sender.restless([random.pick(accounts), random.pick(accounts)]);
    case 11:
      return sender.appendAndRead(kind, list);
    default:
      return sender.countdown(1 + random.below(3));
  }
}

/** A process is killed at a time that has nothing to do with the storage. */
async function strike(world: World, board: Switchboard, random: Seeded): Promise<void> {
  for (let turns = random.below(200); turns > 0; turns--) {
    world.time.activity++;
    await ioTurn();
  }
  board.process?.die();
}

describe('random programs with random faults', () => {
  it('keep every promise', async function () {
    this.timeout(120_000);
    const first = Number(process.env['SEED'] ?? 1);
    const count = Number(process.env['SEEDS'] ?? each);
    for (let seed = first; seed < first + count; seed++) {
      try {
        await program(seed);
      } catch (error) {
        (error as Error).message = `SEED=${seed}: ${(error as Error).message}`;
        throw error;
      }
    }
  });

  it('come out the same for the same seed', async () => {
    const outcome = async (seed: number) => {
      const world = new World(everything, { seed });
      const board = new Switchboard(world);
      const random = new Seeded(seed);
      world.onStore = (store) => {
        store.plan = () => (random.chance(0.05) ? random.pick(commitFaults) : undefined);
      };
      const sender = new Sender('s', board, new Journal());
      await world.until(
        (async () => {
          for (let i = 0; i < 10; i++) await step(sender, random);
        })(),
      );
      await world.pass(5_000);
      return JSON.stringify([[...world.database.instances.values()], [...world.database.workers.values()]]);
    };
    expect(await outcome(7)).to.equal(await outcome(7));
  });
});
