import { expect } from 'chai';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { retentionPace } from '../../src/engines/sql/core/retention-pace.js';
import type { InstanceRow } from '../../src/engines/sql/ports/store.js';
import { counter, id, list } from './programs.js';
import { deferred, defaults, World, type Process } from './world.js';

const day = 86_400_000;
const hour = 3_600_000;
const fails = defineOrchestration('Fails', async () => {
  throw new Error('as it should');
});
const quick = defineOrchestration('Quick', async () => 1);
const waits = defineOrchestration('Waits', async (context) => context.waitForExternalEvent('go'));
const work = defineActivity('Work', async () => 'done');
const parent = defineOrchestration('Parent', async (context) => {
  await context.callActivity(work);
  return context.callSubOrchestration('Quick', undefined, { instanceId: 'child' });
});

/** With a long lease: an hour of virtual time holds few heartbeats. */
const leaseMs = 1_200_000;

function kept(retention: Partial<typeof defaults.retention>) {
  return { options: { leaseMs, retention: { ...defaults.retention, ...retention } } };
}

/** The same on a database of one process: hours without polls for messages of other processes. */
function keptAlone(retention: Partial<typeof defaults.retention>) {
  return { ...kept(retention), database: { partitionCount: 4, alone: true } };
}

/** Clients that ended without `close`: their leases are over, nobody ended their rows. */
function addDeadClients(world: World, count: number): void {
  const row = { name: 'tool', kind: 'client', names: [], version: '', seq: 1, alive: true } as const;
  const rest = { takenOver: false, expiresAtMs: 0, presence: false, holds: false, hubTimeMs: 0, activeMs: 0 };
  for (let n = 0; n < count; n++) world.database.workers.set(++world.database.lastIncarnation, { ...row, ...rest });
}

function run(runId: string, differences: Partial<InstanceRow> = {}): InstanceRow {
  const state = JSON.stringify({ name: 'Quick', execution: 'x', status: differences.status ?? 'completed', chunks: 1 });
  return {
    id: runId,
    kind: 'orchestration',
    name: 'Quick',
    key: '',
    partition: 0,
    version: 1,
    state,
    meta: null,
    status: 'completed',
    createdAtMs: 1,
    updatedAtMs: 1,
    endedAtMs: 1,
    endedActiveMs: 0,
    parent: null,
    ...differences,
  };
}

/** Calls a counter again and again, with this pause. `stop` resolves after the last answer. */
function callEvery(world: World, client: Process['client'], pauseMs: number): { stop(): Promise<void> } {
  let stopped = false;
  const calls = (async () => {
    while (!stopped) {
      await client.callEntity(id('Counter', 'a'), 'add');
      await new Promise<void>((resolve) => world.time.setTimer(pauseMs, resolve));
    }
  })();
  return {
    stop: () => {
      stopped = true;
      return calls;
    },
  };
}

describe('retention of rows of workers and clients', () => {
  const accessesOfStart = async (dead: number) => {
    const world = new World([counter]);
    addDeadClients(world, dead);
    const { store } = await world.start();
    return store.accesses.filter((access) => access !== 'poll' && access !== 'readBacklog');
  };

  it('G1: a start runs the same number of statements after ten thousand killed clients', async () => {
    expect(await accessesOfStart(10_000)).to.deep.equal(await accessesOfStart(0));
  });

  it('G1: a takeover runs the same number of statements after ten thousand killed clients', async () => {
    const accessesOfTakeover = async (dead: number) => {
      const world = new World([counter]);
      const first = await world.start();
      addDeadClients(world, dead);
      const second = await world.start();
      const before = second.store.accesses.length;
      first.crash();
      await world.until(second.engine.active(), 1_000);
      return second.store.accesses.slice(before).filter((access) => access !== 'poll');
    };
    expect(await accessesOfTakeover(10_000)).to.deep.equal(await accessesOfTakeover(0));
  });

  it('G2: rows of gone clients are marked as dead beside other work, a bounded number per batch, and deleted an hour of active time later', async () => {
    const world = new World([counter], kept({ workers: hour }));
    addDeadClients(world, 1_200);
    const { store, client } = await world.start();
    await world.pass(3 * 60_000);
    const dead = [...world.database.workers.values()].filter(({ alive }) => !alive);
    expect(dead).to.have.length(1_200);
    for (const { batch } of store.batches) expect(batch.workersEnded?.length ?? 0).to.be.at.most(1_000);
    await world.pass(hour - 4 * 60_000);
    expect(world.database.workers.size).to.equal(1_201);
    await world.pass(12 * 60_000);
    expect(world.database.workers.size).to.equal(1);
    for (const { batch } of store.batches) expect(batch.workersDeleted?.length ?? 0).to.be.at.most(1_000);
    expect(await world.until(client.callEntity(id('Counter', 'a'), 'add'))).to.equal(1);
  });

  it('G2: a client that was idle for longer than its lease, and whose row is gone, sends under a new row', async () => {
    const world = new World([counter], kept({ workers: hour }));
    await world.start();
    const { client } = await world.connect();
    expect(await world.until(client.callEntity(id('Counter', 'a'), 'add'))).to.equal(1);
    await world.pass(3 * hour);
    expect([...world.database.workers.values()].some(({ kind }) => kind === 'client')).to.equal(false);
    expect(await world.until(client.callEntity(id('Counter', 'a'), 'add'))).to.equal(2);
  });

  it('G2: killed clients leave their rows for the retention of workers, not for their lease of an hour', async () => {
    const world = new World([counter], kept({ workers: 60_000 }));
    await world.start();
    const clients = () => [...world.database.workers.values()].filter(({ kind }) => kind === 'client');
    for (let n = 0; n < 40; n++) {
      const { client, clock, store } = await world.connect();
      await world.until(client.signalEntity(id('Counter', 'a'), 'add'));
      clock.alive = false;
      store.kill();
      await world.pass(30_000);
      // Those of the last two minutes are not known to be dead, and those of the two minutes before are dead.
      expect(clients().length).to.be.at.most(10);
    }
    await world.pass(5 * 60_000);
    expect(clients()).to.deep.equal([]);
    expect(world.state('Counter', 'a')).to.equal(40);
  });

  it('G2: a client that appends keeps its row, however long it lives', async () => {
    const world = new World([counter], kept({ workers: 60_000 }));
    await world.start();
    const { client } = await world.connect();
    for (let n = 1; n <= 30; n++) {
      expect(await world.until(client.callEntity(id('Counter', 'a'), 'add'))).to.equal(n);
      await world.pass(25_000);
    }
    const rows = [...world.database.workers].filter(([, { kind }]) => kind === 'client');
    expect(rows.map(([, { alive }]) => alive)).to.deep.equal([true]);
  });

  for (const [what, hold, access, fault] of [
    ['has not reached the database', 'holdBefore', 'commit', undefined],
    ['was lost, and whose outcome is not known yet', 'holdBefore', 'retire', 'unknown-lost'],
    ['took effect, and whose outcome is not known yet', 'holdBefore', 'retire', 'unknown-applied'],
    ['took effect, and whose answer is under way', 'holdAnswer', 'commit', undefined],
  ] as const)
    it(`G2: an append that ${what} is applied once and before later ones if the row of its client is ended`, async () => {
      const world = new World([list], kept({ workers: 60_000 }));
      await world.start();
      const { client, store } = await world.connect();
      const append = (value: string) => client.signalEntity(id('List', 'l'), 'append', value);
      await world.until(append('first'));
      const row = [...world.database.workers.values()].find(({ kind }) => kind === 'client')!;
      await world.pass(110_000);
      expect(row.alive).to.equal(true);
      const held = deferred();
      store[hold].set(access, held.promise);
      let faults = fault === undefined ? 0 : 1;
      store.plan = (met) => (met === 'commit' && faults-- > 0 ? fault : undefined);
      const sent = append('second');
      await world.pass(15_000);
      // Retention ends the row if the append did not move it.
      expect(row.alive).to.equal(row.seq === 2);
      world.database.bury(row);
      const later = append('third');
      store[hold].delete(access);
      held.resolve();
      await world.until(Promise.all([sent, later]));
      await world.pass(3_000);
      expect(world.state('List', 'l')).to.deep.equal(['first', 'second', 'third']);
      expect(world.database.lastIncarnation).to.equal(3);
    });

  it('G2: rows of workers do not grow with starts: one row is left after a year of restarts', async () => {
    const world = new World([counter], kept({ workers: 60_000 }));
    for (let start = 0; start < 30; start++) {
      const process = await world.start();
      await world.pass(5 * 60_000);
      process.crash();
    }
    await world.start();
    await world.pass(5 * 60_000);
    expect(world.database.workers.size).to.equal(1);
  });
});

describe('retention on an idle database', () => {
  it('passes that find nothing wait for the next commit before they read again', async () => {
    const world = new World([counter], { options: { leaseMs: 30 * day }, database: { alone: true } });
    const { store, client } = await world.start();
    const passes = () =>
      ['giveBackPages', 'scanReceipts', 'scanWorkers'].map(
        (read) => store.accesses.filter((access) => access === read).length,
      );
    await world.pass(day);
    expect(passes()).to.deep.equal([1, 1, 1]);
    await world.until(client.signalEntity(id('Counter', 'a'), 'add', 1));
    await world.pass(day);
    expect(passes()).to.deep.equal([2, 2, 2]);
  });
});

describe('retention of orchestrations that have ended', () => {
  it('G3: ended orchestrations are kept for ever by default', async () => {
    const world = new World([quick, counter], keptAlone({}));
    const { client } = await world.start();
    await world.until(client.startNew(quick, { instanceId: 'a' }));
    await world.pass(3 * hour);
    expect(world.row('a')?.status).to.equal('completed');
  });

  it('G3: retention deletes each status after its own time, with its history, and leaves running orchestrations', async () => {
    const world = new World(
      [quick, fails, waits, counter],
      keptAlone({ completed: 2 * hour, failed: 4 * hour, terminated: hour }),
    );
    const { client } = await world.start();
    for (const [orchestration, runId] of [
      [quick, 'quick'],
      [fails, 'fails'],
      [waits, 'waits'],
      [waits, 'ended'],
    ] as const)
      // prettier-ignore
      await world.until(client.startNew(orchestration as typeof quick, { instanceId: runId }));
    await world.until(client.run(waits, 'ended').terminate());
    const there = () => ['quick', 'fails', 'waits', 'ended'].filter((runId) => world.row(runId) !== undefined);
    await world.pass(hour - 120_000);
    expect(there()).to.deep.equal(['quick', 'fails', 'waits', 'ended']);
    await world.pass(10 * 60_000);
    expect(there()).to.deep.equal(['quick', 'fails', 'waits']);
    await world.pass(hour);
    expect(there()).to.deep.equal(['fails', 'waits']);
    expect(world.database.history.has('quick')).to.equal(false);
    await world.pass(2 * hour);
    expect(there()).to.deep.equal(['waits']);
    await world.until(client.run(waits, 'waits').raiseEvent('go', 5));
    expect(await world.until(client.run(waits, 'waits').result())).to.equal(5);
  });

  it('G3: retention counts active time: a database that was unused for a year keeps its rows', async () => {
    const world = new World([quick, counter], keptAlone({ completed: hour }));
    const first = await world.start();
    await world.until(first.client.startNew(quick, { instanceId: 'a' }));
    await world.pass(hour / 2);
    await world.until(first.engine.stop());
    await world.pass(365 * day);
    await world.start();
    await world.pass(hour / 2 - 120_000);
    expect(world.row('a')).to.not.equal(undefined);
    await world.pass(10 * 60_000);
    expect(world.row('a')).to.equal(undefined);
  });

  it('G3: retention deletes a bounded number per batch, and never loads a state', async () => {
    const world = new World([quick, counter], keptAlone({ completed: hour }));
    for (let n = 0; n < 5_000; n++) world.database.instances.set(`r${n}`, run(`r${n}`));
    const { store, engine } = await world.start();
    await world.pass(3 * hour);
    expect(world.database.instances.size).to.equal(0);
    for (const { batch } of store.batches) expect(batch.instances.length).to.be.at.most(1_000);
    expect(engine.role).to.equal('active');
    // As many steps as it takes, and no statement for each of them.
    expect(store.accesses.filter((access) => access === 'loadInstances').length).to.be.at.most(7);
    const lines = world.log.filter(
      ({ message, level }) => message === 'Retention has deleted rows.' && level === 'debug',
    );
    expect(lines.reduce((sum, { fields }) => sum + (fields as { deleted: number }).deleted, 0)).to.equal(5_000);
  });

  it('G3: retention takes small steps with pauses while the worker serves other work', async () => {
    const world = new World([quick, counter], keptAlone({ completed: 1 }));
    for (let n = 0; n < 1_000; n++) world.database.instances.set(`r${n}`, run(`r${n}`));
    const { store, client } = await world.start();
    await world.pass(59_000);
    const load = callEvery(world, client, 10);
    await world.pass(5_000);
    await world.until(load.stop());
    const sizes = store.batches.map(({ batch }) => batch.instances.filter(({ op }) => op === 'delete').length);
    expect(Math.max(...sizes)).to.equal(retentionPace.besideLoad.rows);
    expect(sizes.reduce((sum, size) => sum + size)).to.equal(1_000);
  });

  it('G3: retention beside other work takes larger and larger steps until no pass takes long', async () => {
    const world = new World([quick, counter], keptAlone({ completed: 1 }));
    const add = (count: number, prefix: string) => {
      for (let n = 0; n < count; n++) world.database.instances.set(`${prefix}${n}`, run(`${prefix}${n}`));
    };
    add(30_000, 'r');
    const { store, client } = await world.start();
    await world.pass(59_000);
    const load = callEvery(world, client, 90);
    const left = () => [...world.database.instances.keys()].filter((each) => each !== '@counter@a').length;
    const largest = () =>
      Math.max(...store.batches.map(({ batch }) => batch.instances.filter(({ op }) => op === 'delete').length));
    await world.pass(retentionPace.passMs(1));
    const [first, { rows }] = [left(), retentionPace.besideLoad];
    expect(first).to.be.within(1, 29_999);
    expect(largest()).to.equal(rows);
    // With a second time twice as many, with a third one four times.
    await world.pass(retentionPace.passMs(1));
    expect(30_000 - left()).to.be.above(2.5 * (30_000 - first));
    expect(largest()).to.equal(2 * rows);
    await world.pass(10_000);
    expect(left()).to.equal(0);
    await world.pass(2 * 60_000);
    const before = store.batches.length;
    add(100, 'later');
    await world.pass(60_000);
    expect(left()).to.equal(0);
    const deletions = store.batches
      .slice(before)
      .map(({ batch }) => batch.instances.filter(({ op }) => op === 'delete').length);
    expect(Math.max(...deletions), 'short passes make the steps small again').to.equal(rows);
    await world.until(load.stop());
  });

  it('G3: retention leaves an orchestration that is started again meanwhile, and one for which a message waits', async () => {
    const world = new World([quick, waits, counter], keptAlone({ completed: hour }));
    world.database.instances.set('again', run('again'));
    world.database.instances.set('old', run('old'));
    const { store, client } = await world.start();
    // The answer of the look at the rows comes late: a restart arrives meanwhile.
    let hold = (): void => {};
    store.holdAnswer.set('loadInstances', new Promise<void>((resolve) => (hold = resolve)));
    await world.pass(2 * hour);
    const restarted = client.run(quick, 'again').restart();
    await world.quiet();
    store.holdAnswer.clear();
    hold();
    const outcome = await world.until(restarted.then(() => 'restarted', (error: Error) => error.name)); // prettier-ignore
    await world.pass(1);
    expect(world.row('old')).to.equal(undefined);
    // Whichever came first counts, and nothing in between.
    expect([outcome, world.row('again')?.status]).to.be.deep.oneOf([
      ['restarted', 'completed'],
      ['OrchestrationNotFoundError', undefined],
    ]);
  });

  it('G3: the rows of orchestrations hold their end and their parent', async () => {
    const world = new World([parent, quick, work, counter]);
    const { client } = await world.start();
    await world.until(client.startNew(parent, { instanceId: 'p' }));
    await world.until(client.run(parent, 'p').result());
    expect(world.row('child')).to.include({ parent: 'p', status: 'completed' });
    expect(world.row('child')?.endedAtMs).to.equal(world.row('child')?.updatedAtMs);
    expect(world.row('p')).to.include({ parent: null });
    expect(world.row('p')?.endedActiveMs).to.be.a('number');
    const first = world.row('p')?.endedAtMs ?? 0;
    await world.pass(1_000);
    await world.until(client.run(parent, 'p').restart());
    await world.until(client.run(parent, 'p').result());
    expect(world.row('p')?.endedAtMs).to.be.at.least(first + 1_000);
  });

  it('G3: retention deletes dead letters after their retention time', async () => {
    const world = new World([counter], keptAlone({ deadLetters: hour }));
    const { client } = await world.start();
    for (const letter of [7, -5])
      world.database.deadLetters.set(letter, { id: letter, target: '@counter@a', body: '{}', attempts: 3, reason: 'r', atMs: 0, activeMs: 0 }); // prettier-ignore
    await world.pass(hour - 120_000);
    expect(world.database.deadLetters.size).to.equal(2);
    await world.pass(10 * 60_000);
    expect(world.database.deadLetters.size).to.equal(0);
    expect(await world.until(client.callEntity(id('Counter', 'a'), 'add'))).to.equal(1);
  });

  it('G3: the log warns once a day of very many ended orchestrations that are kept for ever, and names the option', async () => {
    const world = new World([quick, counter], keptAlone({}));
    for (let n = 0; n <= 100_000; n++) world.database.instances.set(`r${n}`, run(`r${n}`, { status: 'failed' }));
    const first = await world.start();
    const warnings = () =>
      world.log.filter(({ level, message }) => level === 'warn' && message.includes('retention: { failed:'));
    await world.pass(hour / 4);
    expect(warnings()).to.have.length(0);
    first.crash();
    // A month of active time has passed.
    world.database.newestActiveMs = 30 * day + 1;
    await world.start();
    await world.pass(hour / 2);
    expect(warnings()).to.have.length(1);
  });
});

describe('idle instances', () => {
  const large = defineEntity('Large', (context) => {
    if (context.operationName === 'set') context.setState('x'.repeat(context.getInput<number>() ?? 0));
    else context.return(context.getState(() => '').length);
  });

  it('G8: the states of idle instances have a limit in bytes, and the least recently used instance is evicted first', async () => {
    const world = new World([large], { options: { maxIdleBytes: 100_000 } });
    const { client, store } = await world.start();
    const call = (key: number, operation: string, input?: number) =>
      world.until(client.callEntity(id('Large', String(key)), operation, input));
    for (let key = 0; key < 50; key++) await call(key, 'set', 10_000);
    const readsOf = async (key: number) => {
      const before = store.accesses.filter((access) => access === 'loadInstances').length;
      expect(await call(key, 'length')).to.equal(10_000);
      return store.accesses.filter((access) => access === 'loadInstances').length - before;
    };
    let inMemory = 0;
    for (let key = 49; key >= 40; key--) if ((await readsOf(key)) === 0) inMemory++;
    expect(inMemory).to.be.within(5, 9);
    expect(await readsOf(0)).to.equal(1);
  });

  it('G8: a state that shrinks makes room, and a state above the limit works', async () => {
    const world = new World([large], { options: { maxIdleBytes: 50_000 } });
    const { client, store } = await world.start();
    const call = (key: string, operation: string, input?: number) =>
      world.until(client.callEntity(id('Large', key), operation, input));
    await call('huge', 'set', 200_000);
    await call('huge', 'set', 10);
    for (let n = 0; n < 5; n++) await call('small', 'set', 10);
    const before = store.accesses.filter((access) => access === 'loadInstances').length;
    expect(await call('huge', 'length')).to.equal(10);
    expect(await call('small', 'length')).to.equal(10);
    expect(store.accesses.filter((access) => access === 'loadInstances').length).to.be.at.most(before + 1);
  });
});

describe('expired entities', () => {
  const fleeting = defineEntity('Fleeting', { expireAfter: '1m' }, (context) => {
    context.setState(1);
  });

  it('G4: expired entities are deleted as fast as new ones expire, beside other work', async () => {
    const world = new World([fleeting, counter]);
    for (let n = 0; n < 4_000; n++) {
      const key = `s${n}`;
      const row = {
        ...run(`@fleeting@${key}`),
        kind: 'entity',
        name: 'fleeting',
        key,
        status: null,
        state: '1',
      } as const;
      const expires = JSON.stringify({ expires: n % 2 === 0 ? 1 : Number.MAX_SAFE_INTEGER });
      world.database.instances.set(row.id, { ...row, meta: expires, endedAtMs: null, endedActiveMs: null });
    }
    const { client, store } = await world.start();
    await world.pass(59_000);
    const load = callEvery(world, client, 10);
    // 2,000 of 4,000 in two seconds, where 667 a second may come.
    await world.pass(3_000);
    expect(world.database.instances.size).to.equal(2_001);
    await world.until(load.stop());
    for (const { batch } of store.batches) expect(batch.instances.length).to.be.at.most(501);
  });
});

describe('receipts', () => {
  it('G6: expired receipts are deleted in bounded steps, by key, and a term that ends in between continues', async () => {
    const world = new World([counter], kept({ receipts: 90_000 }));
    for (let n = 0; n < 2_500; n++) {
      const receipt = { target: '@Counter@a', requestId: `r${n}`, hash: 'h', outcome: null, atMs: 0 };
      world.database.receipts.set(JSON.stringify(['@Counter@a', `r${n}`]), receipt);
    }
    const first = await world.start();
    await world.pass(120_000);
    // A step is committed, and the next one is not.
    world.time.setTimer(1, () => first.crash());
    await world.pass(2);
    const { store } = await world.start();
    await world.pass(3 * 60_000);
    expect(world.database.receipts.size).to.equal(0);
    for (const { batch } of [...first.store.batches, ...store.batches])
      expect(batch.receiptsExpired?.keys.length ?? 0).to.be.at.most(1_000);
  });
});
