/** Promises that version 0.1 did not keep. Each title begins with the number of its case. */
import { expect } from 'chai';
import type { DurableClient, RunHandle } from '../../src/client.js';
import { partitionOf } from '../../src/engines/sql/core/partition.js';
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import type { Receipt, ReceiptKey } from '../../src/engines/sql/ports/store.js';
import type { FaultStore } from './fault-store.js';
import { counter, id, list } from './programs.js';
import { deferred, failure, World } from './world.js';

const l = id('List', 'l');
const small = { receiptsCached: 4 };

const append = (client: DurableClient, value: string) => client.signalEntity(l, 'append', value, { requestId: value });

/** Answers the first look-up of this request id when the promise resolves, with what the table holds now or by then. */
function holdLookUp(store: FaultStore, requestId: string, until: Promise<void>, reads: 'now' | 'then'): void {
  const load = store.loadReceipts.bind(store);
  let held = false;
  store.loadReceipts = async (keys: readonly ReceiptKey[]): Promise<readonly Receipt[]> => {
    if (held || !keys.some((key) => key.requestId === requestId)) return load(keys);
    held = true;
    if (reads === 'then') {
      await until;
      return load(keys);
    }
    const found = await load(keys);
    await until;
    return found;
  };
}

describe('promises: request ids of a busy hub', () => {
  it('P1: a repeat takes no second effect when its receipt leaves the cache while another one is read', async () => {
    const world = new World([list], { options: small });
    const host = await world.start();
    const connected = await world.connect();
    await world.until(append(connected.client, 'old'));
    const gate = deferred();
    holdLookUp(host.store, 'new', gate.promise, 'then');
    const sent = [append(connected.client, 'new'), append(connected.client, 'old')];
    await world.quiet();
    for (let n = 0; n < 10; n++) await world.until(append(host.client, `other ${n}`));
    gate.resolve();
    await world.until(Promise.all(sent));
    await world.pass(2_000);
    const values = world.state('List', 'l') as string[];
    expect(values.filter((value) => value === 'old')).to.deep.equal(['old']);
    expect(values.filter((value) => value === 'new')).to.deep.equal(['new']);
  });

  it('P1: a read of receipts that began before a message was admitted does not make its repeat new', async () => {
    const world = new World([list], { options: small });
    const host = await world.start();
    const connected = await world.connect();
    const gate = deferred();
    holdLookUp(host.store, 'same', gate.promise, 'now');
    const sent = append(connected.client, 'same');
    await world.quiet();
    await world.until(append(host.client, 'same'));
    for (let n = 0; n < 10; n++) await world.until(append(host.client, `other ${n}`));
    gate.resolve();
    await world.until(sent);
    await world.pass(2_000);
    expect((world.state('List', 'l') as string[]).filter((value) => value === 'same')).to.deep.equal(['same']);
  });

  it('P1: every request id takes effect once, however many there are and however few are in memory', async () => {
    const world = new World([list, counter], { options: { receiptsCached: 1 } });
    const host = await world.start();
    const connected = await world.connect();
    const ids = Array.from({ length: 40 }, (_, n) => `r${n}`);
    const send = async (client: DurableClient) => {
      for (const requestId of ids) await append(client, requestId);
    };
    const atOnce = (client: DurableClient) => Promise.all(ids.map((requestId) => append(client, requestId)));
    const { client } = connected;
    await world.until(Promise.all([send(host.client), atOnce(client), atOnce(host.client), send(client)]));
    await world.pass(2_000);
    expect([...(world.state('List', 'l') as string[])].toSorted()).to.deep.equal([...ids].toSorted());
  });

  it('P1: the cache of receipts stays within its size', async () => {
    const world = new World([list], { options: small });
    const host = await world.start();
    for (let n = 0; n < 50; n++) await world.until(append(host.client, `r${n}`));
    const { store } = host;
    const before = store.accesses.filter((access) => access === 'loadReceipts').length;
    await world.until(append(host.client, 'r0'));
    // It was forgotten, so the table was asked.
    expect(store.accesses.filter((access) => access === 'loadReceipts').length).to.equal(before + 1);
  });
});

describe('promises: data that another process committed', () => {
  const quick = defineOrchestration('Quick', async (_context, input: string) => `done ${input}`);
  const waits = defineOrchestration('Waits', async (context) => context.waitForExternalEvent('go'));

  /** Commits a start as a transaction of the application does: nobody says so. */
  function commitStart(world: World, instanceId: string, name: string, input?: string): void {
    const { database } = world;
    const partition = partitionOf(instanceId, database.partitions.length);
    const body = JSON.stringify({
      kind: 'start',
      name,
      ...(input === undefined ? {} : { input: JSON.stringify(input) }),
    });
    const row = { id: 5 * 2 ** 32 + database.lastSeq, partition, target: instanceId, arrival: null, dueMs: null };
    database.inbox.set(row.id, { ...row, body, seq: ++database.lastSeq, attempts: 0 });
  }

  for (const where of ['in the process of the worker', 'in a standby', 'in a connected process'] as const) {
    describe(where, () => {
      let world: World;
      let client: DurableClient;
      beforeEach(async () => {
        world = new World([quick, waits]);
        const host = await world.start();
        // The worker has done all its own searches by then.
        await world.pass(5_000);
        const other = { 'in a standby': () => world.start(), 'in a connected process': () => world.connect() };
        client = (where === 'in the process of the worker' ? host : await other[where]()).client;
      });

      it('P9: an orchestration that another process has started can be waited for at once', async () => {
        commitStart(world, 'r', 'Quick', 'x');
        expect(await world.until(client.run(quick, 'r').result())).to.equal('done x');
      });

      it('P9: the status of an orchestration that another process has started can be read and waited for at once', async () => {
        commitStart(world, 'r', 'Waits');
        const run = client.run(waits, 'r');
        const status = await world.until(run.status());
        expect([status?.name, status?.runtimeStatus]).to.deep.equal(['Waits', 'pending']);
        const running = await world.until(run.waitForStatus(({ runtimeStatus }) => runtimeStatus === 'running'));
        expect(running.name).to.equal('Waits');
      });

      for (const [what, send] of [
        ['an event', (run) => run.raiseEvent('go', 5)],
        ['a command', (run) => run.terminate('enough')],
      ] as const satisfies readonly [string, (run: RunHandle) => Promise<void>][])
        it(`P9: ${what} reaches an orchestration that another process has started`, async () => {
          commitStart(world, 'r', 'Waits');
          const run = client.run(waits, 'r');
          await world.until(send(run));
          await world.until(run.result().catch(() => {}));
          expect((await world.until(run.status()))?.runtimeStatus).to.equal(
            what === 'an event' ? 'completed' : 'terminated',
          );
        });

      it('P9: an orchestration that was never started is reported as missing', async () => {
        const attempts = [
          client.run(quick, 'nobody').result(),
          client.run(quick, 'nobody').raiseEvent('go'),
          client.run(quick, 'nobody').terminate(),
          client.run(quick, 'nobody').waitForStatus(() => true),
        ];
        for (const failed of attempts.map(failure))
          expect((await world.until(failed)).name).to.equal('OrchestrationNotFoundError');
        expect(await world.until(client.run(quick, 'nobody').status())).to.equal(undefined);
      });
    });
  }

  it('P9: a wait for an orchestration whose start no worker has read lasts until a worker comes', async () => {
    const world = new World([quick]);
    const { client } = await world.connect();
    commitStart(world, 'r', 'Quick', 'x');
    const result = client.run(quick, 'r').result();
    await world.pass(5_000);
    await world.start();
    expect(await world.until(result)).to.equal('done x');
  });
});

describe('promises: time with clocks that jump', () => {
  const hourMs = 3_600_000;
  const fleeting = defineEntity('Fleeting', { effects: 'none', expireAfter: '24 hours' }, (context) => {
    if (context.operationName === 'add') context.setState(context.getState(() => 0) + 1);
    return context.getState(() => 0);
  });
  const alarm = defineOrchestration('Alarm', async (context, ms: number) => {
    await context.createTimer(ms);
    return 'rang';
  });
  const f = id('Fleeting', 'f');
  const warnings = (world: World) =>
    world.log.filter(({ level, message }) => level === 'warn' && /clock/.test(message));
  const jump = (world: World, ms: number) => void (world.time.databaseOffsetMs += ms);
  /** Commits happen all the while, also when nothing else does. */
  const options = { leaseMs: 15_000 };

  it('P4: a start with a clock that is 25 hours ahead forgets no request id', async () => {
    const world = new World([counter], { options });
    const call = async () => {
      const host = await world.start();
      const answer = await world.until(host.client.callEntity(id('Counter', 'a'), 'add', 1, { requestId: 'r' }));
      await world.pass(120_000);
      await world.until(host.engine.stop());
      return answer;
    };
    expect(await call()).to.equal(1);
    jump(world, 25 * hourMs);
    expect(await call()).to.equal(1);
    jump(world, -25 * hourMs);
    expect(await call()).to.equal(1);
    expect(world.state('Counter', 'a')).to.equal(1);
  });

  it('P4: a clock that jumps for less than ten minutes expires nothing and fires nothing', async () => {
    const world = new World([fleeting, alarm], { options });
    const { client } = await world.start();
    await world.until(client.callEntity(f, 'add'));
    const run = await world.until(client.startNew(alarm, { input: hourMs }));
    jump(world, 48 * hourMs);
    await world.pass(9 * 60_000);
    expect(await world.until(client.callEntity(f, 'get'))).to.equal(1);
    expect((await world.until(run.status()))?.runtimeStatus).to.equal('running');
    jump(world, -48 * hourMs);
    await world.pass(50 * 60_000);
    expect(await world.until(client.callEntity(f, 'get'))).to.equal(1);
    expect((await world.until(run.status()))?.runtimeStatus).to.equal('running');
    await world.pass(2 * 60_000);
    expect((await world.until(run.status()))?.runtimeStatus).to.equal('completed');
    expect(warnings(world)).to.deep.equal([]);
  });

  it('P4: a new term in the same process does not adopt a jump of the clock', async () => {
    const world = new World([fleeting, alarm], { options });
    const { client, store } = await world.start();
    await world.until(client.callEntity(f, 'add'));
    jump(world, 48 * hourMs);
    let faults = 0;
    store.plan = (access) => (access === 'commit' && faults++ === 0 ? 'unknown-lost' : undefined);
    await world.until(client.callEntity(id('Fleeting', 'g'), 'add'));
    expect(store.accesses.filter((access) => access === 'join').length).to.equal(2);
    expect(await world.until(client.callEntity(f, 'get'))).to.equal(1);
  });

  it('P4: hub time follows a clock that was set ahead after ten minutes, with a warning', async () => {
    const world = new World([alarm], { options });
    const { client } = await world.start();
    const run = await world.until(client.startNew(alarm, { input: 2 * hourMs }));
    jump(world, 3 * hourMs);
    await world.pass(9 * 60_000);
    expect((await world.until(run.status()))?.runtimeStatus).to.equal('running');
    await world.pass(2 * 60_000);
    expect((await world.until(run.status()))?.runtimeStatus).to.equal('completed');
    expect(warnings(world).map(({ message }) => message)).to.deep.equal([
      'The clock of the storage is ahead. The task hub follows it now.',
    ]);
  });

  it('P4: hub time never goes back, and runs at half speed until a clock that was set back has caught up', async () => {
    const world = new World([alarm], { options });
    const { client, engine } = await world.start();
    await world.until(client.startNew(alarm, { input: 1_000 }));
    const startedMs = world.time.wallMs();
    jump(world, -hourMs);
    let lastMs = 0;
    for (let minute = 0; minute < 180; minute++) {
      await world.pass(60_000);
      const nowMs = engine.hubTimeMs();
      expect(nowMs).to.be.at.least(lastMs);
      lastMs = nowMs;
    }
    expect(Math.abs(world.time.wallMs() - lastMs)).to.be.lessThan(61_000);
    expect(lastMs).to.be.greaterThan(startedMs);
    expect(warnings(world).length).to.equal(1);
  });

  it('P4: hub time continues from an earlier process, also when the clock was set back meanwhile', async () => {
    const world = new World([counter], { options });
    const first = await world.start();
    await world.until(first.client.callEntity(id('Counter', 'a'), 'add'));
    const beforeMs = first.engine.hubTimeMs();
    await world.until(first.engine.stop());
    jump(world, -hourMs);
    const second = await world.start();
    expect(second.engine.hubTimeMs()).to.be.at.least(beforeMs);
  });

  it('P4: hub time continues from a worker that owned the partitions between the join and the acquisition of the next one', async () => {
    const world = new World([counter], { options });
    const first = await world.start();
    const second = await world.start();
    let newestMs = 0;
    second.store.plan = (access) => {
      // Another worker, whose clock is ahead, leaves this time behind while this worker is paused.
      if (access === 'acquire') world.database.newestHubTimeMs = newestMs = world.time.wallMs() + hourMs;
      return undefined;
    };
    first.crash();
    await world.until(second.engine.active(), hourMs);
    expect(newestMs).to.be.greaterThan(world.time.wallMs());
    expect(second.engine.hubTimeMs()).to.be.at.least(newestMs);
    await world.until(second.client.callEntity(id('Counter', 'a'), 'add'));
    expect(Math.min(...second.store.batches.map(({ batch }) => batch.hubTimeMs ?? Infinity))).to.be.at.least(newestMs);
  });

  it('P4: time without an active host counts for timers and expiry, by the clock at the start', async () => {
    const world = new World([fleeting, alarm], { options });
    const first = await world.start();
    await world.until(first.client.callEntity(f, 'add'));
    const run = await world.until(first.client.startNew(alarm, { input: 12 * hourMs }));
    await world.until(first.engine.stop());
    await world.pass(25 * hourMs);
    const second = await world.start();
    await world.until(second.client.run(alarm, run.instanceId).result(), 60_000);
    expect(await world.until(second.client.callEntity(f, 'get'))).to.equal(0);
  });
});
