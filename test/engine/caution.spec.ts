import { expect } from 'chai';
import { defineActivity, defineOrchestration } from '../../src/functions/define.js';
import type { RunRecord } from '../../src/engines/sql/model/run-record.js';
import { counter, id, list } from './programs.js';
import { deferred, failure, World, type Process } from './world.js';

const collector = defineOrchestration('Collector', async (context) => {
  const seen: string[] = [];
  while (!seen.includes('end')) seen.push(await context.waitForExternalEvent<string>('item'));
  return seen;
});

const looper = defineOrchestration('Looper', async (context, left: number) => {
  if (left === 0) return 'done';
  await context.waitForExternalEvent('next');
  void context.continueAsNew(left - 1);
  return undefined;
});

function record(world: World, instanceId: string): RunRecord {
  return JSON.parse(world.row(instanceId)?.state as string) as RunRecord;
}

/** As after deaths in a row: the next process works cautiously. */
function suspect(world: World, crashes = 5): void {
  for (const partition of world.database.partitions) partition.crashes = crashes;
}

/** A row as a process left it that is gone. */
function addRow(world: World, target: string, body: object, attempts = 0): void {
  const row = world.database.lastSeq + 1;
  world.database.lastSeq = row;
  world.database.inbox.set(row, {
    id: row,
    partition: 0,
    target,
    arrival: row,
    dueMs: null,
    body: JSON.stringify(body),
    seq: row,
    attempts,
  });
}

async function neighboursWork(world: World, { client }: Process): Promise<void> {
  expect(await world.until(client.callEntity(id('Counter', 'n'), 'add'), 20_000)).to.be.a('number');
}

/** Holds the commit with the first attempt open, so that something comes between the choice and the turn. */
async function chosenHeld(world: World, process: Process, send: () => Promise<unknown>): Promise<() => Promise<void>> {
  // In memory: what is chosen next is not its replay.
  await world.until(process.client.run(collector, 'c').raiseEvent('item', '-'));
  await world.quiet();
  const first = send();
  first.catch(() => {});
  const gate = deferred();
  const { store } = process;
  const batches = store.batches.length;
  // Until a batch with an attempt is under way.
  store.latency = (access) => {
    if (access === 'commit' && (store.batches.at(-1)?.batch.attempted?.length ?? 0) > 0)
      store.holdAnswer.set('commit', gate.promise);
    return [1, 1];
  };
  await world.quiet();
  expect(store.batches.length).to.be.greaterThan(batches);
  expect(store.holdAnswer.size, 'an attempt is under way').to.equal(1);
  return async () => {
    store.latency = () => [1, 1];
    store.holdAnswer.clear();
    gate.resolve();
    await world.quiet();
  };
}

describe('cautious work: progress', () => {
  it('cautious work continues when the orchestration of the chosen event is suspended before its turn', async () => {
    const world = new World([collector, counter]);
    const first = await world.start();
    await world.until(first.client.startNew(collector, { instanceId: 'c' }));
    await world.quiet();
    first.die();
    suspect(world);
    const process = await world.start();
    const run = process.client.run(collector, 'c');
    const goOn = await chosenHeld(world, process, () => run.raiseEvent('item', 'a'));
    const suspended = run.suspend('now');
    await goOn();
    await world.until(suspended, 20_000);
    await neighboursWork(world, process);
    await world.until(run.resume(), 20_000);
    await world.until(run.raiseEvent('item', 'end'), 20_000);
    expect(await world.until(run.result(), 20_000)).to.deep.equal(['-', 'a', 'end']);
  });

  for (const command of ['restart', 'rewind'] as const) {
    it(`cautious work continues when a ${command} overtakes the chosen event`, async () => {
      const world = new World([collector, counter]);
      const first = await world.start();
      await world.until(first.client.startNew(collector, { instanceId: 'c' }));
      await world.quiet();
      first.die();
      suspect(world);
      const process = await world.start();
      const run = process.client.run(collector, 'c');
      const goOn = await chosenHeld(world, process, () => run.raiseEvent('item', 'a'));
      const refused = failure(run[command]());
      await goOn();
      await neighboursWork(world, process);
      expect((await world.until(refused, 20_000)).name).to.match(/InvalidOperation|RewindNotPossible/);
      await world.until(run.raiseEvent('item', 'end'), 20_000);
      expect(await world.until(run.result(), 20_000)).to.deep.equal(['-', 'a', 'end']);
    });
  }

  it('cautious work continues, and counts no attempts, when an activity is not registered here', async () => {
    const act = defineActivity('Act', () => 'result');
    const worker = defineOrchestration('Worker', async (context) => context.callActivity<string>('Act'));
    const gate = deferred();
    const slow = defineActivity('Act', () => gate.promise.then(() => 'late'));
    const world = new World([worker, slow, counter]);
    const first = await world.start();
    await world.until(first.client.startNew(worker, { instanceId: 'w' }));
    await world.quiet();
    first.die();
    world.definitions = [worker, counter];
    for (let i = 0; i < 4; i++) {
      suspect(world);
      const process = await world.start();
      await world.pass(3_000);
      process.die();
    }
    suspect(world);
    const without = await world.start();
    await neighboursWork(world, without);
    without.die();
    world.definitions = [worker, act, counter];
    const again = await world.start();
    expect(await world.until(again.client.run(worker, 'w').result(), 30_000)).to.equal('result');
  });

  it('cautious work continues after a refused batch: its message is set aside, and its neighbours run', async () => {
    const world = new World([counter]);
    const first = await world.start();
    await world.until(first.client.callEntity(id('Counter', 'bad'), 'add'));
    await world.quiet();
    first.die();
    addRow(world, '@counter@bad', { kind: 'operation', operation: 'add' });
    suspect(world);
    world.onStore = (store) => {
      store.plan = (access) =>
        access === 'commit' && store.batches.at(-1)?.batch.instances.some(({ id }) => id === '@counter@bad')
          ? 'refuse'
          : undefined;
    };
    const process = await world.start();
    await neighboursWork(world, process);
    await world.pass(5_000);
    expect([...world.database.deadLetters.values()].map(({ target }) => target)).to.deep.equal(['@counter@bad']);
  });

  it('an orchestration continues as new during cautious work, with commands in between', async () => {
    const world = new World([looper, counter]);
    const first = await world.start();
    await world.until(first.client.startNew(looper, { instanceId: 'l', input: 3 }));
    first.die();
    suspect(world);
    const process = await world.start();
    const run = process.client.run(looper, 'l');
    for (let i = 0; i < 3; i++) {
      const sent = run.raiseEvent('next');
      const refused = failure(run.restart());
      await world.until(Promise.all([sent, refused]), 20_000);
    }
    expect(await world.until(run.result(), 20_000)).to.equal('done');
  });
});

describe('cautious work: attempts', () => {
  it('attempts that a reset left open do not count when another message ends the process', async () => {
    const world = new World([counter, list]);
    (await world.start()).die();
    addRow(world, '@counter@innocent', { kind: 'operation', operation: 'add' });
    suspect(world);
    let faults = 0;
    world.onStore = (store) => {
      store.plan = (access) => {
        const attempted = store.batches.at(-1)?.batch.attempted ?? [];
        const before = store.batches.at(-2)?.batch.attempted ?? [];
        if (access !== 'commit' || attempted.length > 0 || before.length === 0 || faults > 0) return undefined;
        faults++;
        return 'fenced';
      };
    };
    const process = await world.start();
    await world.quiet();
    expect(faults).to.equal(1);
    await world.pass(500);
    expect(world.state('Counter', 'innocent')).to.equal(1);
    process.die();
  });

  it('the abandoned start of a sub-orchestration that a rewound parent continues answers the parent', async () => {
    const child = defineOrchestration('Child', async () => {
      throw new Error('no');
    });
    const parent = defineOrchestration('Parent', async (context) => {
      await context.callSubOrchestration('Child', undefined, { instanceId: 'child' });
    });
    const world = new World([parent, child, counter]);
    const first = await world.start();
    const run = await world.until(first.client.startNew(parent, { instanceId: 'p' }));
    await world.until(failure(run.result()));
    await world.quiet();
    // The rewound parent's request has three open attempts when it arrives.
    const held = deferred();
    void held;
    first.die();
    const second = await world.start();
    second.store.plan = () => {
      const batch = second.store.batches.at(-1)?.batch;
      return batch?.inbox.some(({ body }) => body.includes('"again":true')) === true ? 'crash-after' : undefined;
    };
    suspect(world);
    second.die();
    const third = await world.start();
    let died = false;
    third.store.plan = (access) => {
      const batch = third.store.batches.at(-1)?.batch;
      if (access !== 'commit' || died) return undefined;
      if (batch?.inbox.some(({ body }) => body.includes('"again":true')) !== true) return undefined;
      died = true;
      return 'crash-after';
    };
    third.client
      .run(parent, 'p')
      .rewind()
      .catch(() => {});
    await world.pass(1_000);
    expect(died).to.equal(true);
    for (const row of world.database.inbox.values())
      if (row.body.includes('"again":true')) world.database.inbox.set(row.id, { ...row, attempts: 3 });
    suspect(world);
    const last = await world.start();
    await neighboursWork(world, last);
    await world.pass(5_000);
    expect(record(world, 'p').status).to.equal('failed');
  });
});

describe('cautious work: rows that cannot be read', () => {
  it('rows that cannot be read neither hide due messages nor are polled for ever', async () => {
    const world = new World([counter]);
    (await world.start()).die();
    for (let row = 1; row <= 1_000; row++) {
      world.database.inbox.set(row, {
        id: row,
        partition: 0,
        target: '@counter@bad',
        arrival: null,
        dueMs: 1,
        body: '{broken',
        seq: row,
        attempts: 0,
      });
    }
    world.database.lastSeq = 1_000;
    const process = await world.start();
    const scheduledTime = world.time.wallMs() + 5_000;
    await world.until(process.client.signalEntity(id('Counter', 'n'), 'add', 1, { scheduledTime }), 20_000);
    // Time passes.
    for (let i = 0; i < 50; i++) await world.pass(200);
    expect(process.store.accesses.filter((access) => access === 'poll').length).to.be.lessThan(20);
    expect(world.state('Counter', 'n')).to.equal(1);
  });
});

describe('cautious work: a stop', () => {
  it('a stop ends while a reset waits for a storage that does not answer', async () => {
    const world = new World([counter]);
    const process = await world.start();
    await world.quiet();
    process.store.holdBefore.set('retire', new Promise(() => {}));
    let faults = 0;
    process.store.plan = (access) => (access === 'commit' && faults++ === 0 ? 'fenced' : undefined);
    process.client.signalEntity(id('Counter', 'a'), 'add').catch(() => {});
    await world.pass(100);
    await world.until(process.engine.stop(), 60_000);
  });
});
