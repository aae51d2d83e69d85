import { expect } from 'chai';
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import type { DurableClient } from '../../src/client.js';
import type { Duration } from '../../src/model/duration.js';
import { ioTurn } from '../../src/testing/virtual-clock.js';
import { forEachFault } from './every-access.js';
import type { Fault } from './fault-store.js';
import { counter, id } from './programs.js';
import { deferred, failure, World } from './world.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Heartbeats are rare: days pass quickly. */
const options = { leaseMs: 30 * dayMs };
/** Nobody else can come: so nobody looks for what others have sent, each second of months. */
const database = { partitionCount: 4, alone: true };

/** A number that is forgotten. */
function fleeting(expireAfter: Duration | undefined, effects: 'none' | 'external' = 'none') {
  const life = expireAfter === undefined ? {} : { expireAfter };
  return defineEntity('Fleeting', { effects, ...life }, (context) => {
    switch (context.operationName) {
      case 'add':
        context.setState(context.getState(() => 0) + 1);
        break;
      case 'same':
        context.setState(context.getState<number>());
        break;
      case 'fail':
        context.setState(1_000);
        throw new Error('no');
      case 'delete':
        context.deleteState();
        break;
    }
    return { exists: context.hasState, value: context.getState<number>() ?? null };
  });
}

const none = { exists: false, value: null };
const one = { exists: true, value: 1 };

function ask(world: World, client: DurableClient, operation: string, key = 'f'): Promise<unknown> {
  return world.until(client.callEntity(id('Fleeting', key), operation), 60_000);
}

/** Returns the state that a read returns. Checks that a query finds the entity exactly if the read does. */
async function seen(world: World, client: DurableClient, key = 'f'): Promise<unknown> {
  const read = await world.until(client.readEntityState(id('Fleeting', key)), 1_000);
  const found = async () => {
    const keys: string[] = [];
    for await (const { entityId } of client.queryEntities({ name: 'Fleeting' })) keys.push(entityId.key);
    return keys;
  };
  expect((await world.until(found(), 1_000)).includes(key), 'a query sees what a read sees').to.equal(
    read.entityExists,
  );
  return read.entityState;
}

describe('idle expiry', () => {
  for (const evictAfterEachTurn of [false, true]) {
    const where = evictAfterEachTurn ? 'read back from the table' : 'in memory';
    it(`an entity expires exactly at that time after its last change, for operations, reads and queries (${where})`, async () => {
      const world = new World([fleeting('30 days')], {
        options: { ...options, evictAfterEachTurn },
        database,
      });
      const { client } = await world.start();
      for (const key of ['f', 'g']) expect(await ask(world, client, 'add', key)).to.deep.equal(one);
      const { expires } = JSON.parse(world.row('@fleeting@f')?.meta as string) as { expires: number };
      await world.pass(expires - world.time.wallMs() - 1);
      expect(await seen(world, client)).to.equal(1);
      expect(await ask(world, client, 'get', 'g')).to.deep.equal(one);
      await world.pass(1);
      expect(await seen(world, client)).to.equal(undefined);
      expect(await ask(world, client, 'get')).to.deep.equal(none);
      expect(world.row('@fleeting@f'), 'whoever finds out deletes it').to.equal(undefined);
      expect(await ask(world, client, 'add')).to.deep.equal(one);
      expect(await seen(world, client)).to.equal(1);
    });
  }

  it('the expiry of an entity counts from its last change, and not from reads, failures or operations without a change', async () => {
    const world = new World([fleeting('10 hours')], { options, database });
    const { client } = await world.start();
    await ask(world, client, 'add');
    await world.pass(9 * hourMs);
    await ask(world, client, 'get');
    await ask(world, client, 'same');
    await failure(ask(world, client, 'fail'));
    await world.pass(hourMs);
    expect(await seen(world, client)).to.equal(undefined);
    await ask(world, client, 'add');
    await world.pass(9 * hourMs);
    expect(await ask(world, client, 'add')).to.deep.equal({ exists: true, value: 2 });
    await world.pass(9 * hourMs);
    expect(await seen(world, client)).to.equal(2);
  });

  it('an entity has expired also if the operation that finds this out fails', async () => {
    const world = new World([fleeting('1 hour')], { options, database });
    const { client } = await world.start();
    await ask(world, client, 'add');
    await world.pass(hourMs);
    await failure(ask(world, client, 'fail'));
    await world.quiet();
    expect(world.row('@fleeting@f')).to.equal(undefined);
  });

  it('an expired entity begins again in the same batch, with a new creation time', async () => {
    const world = new World([fleeting('1 hour')], { options, database });
    const { client } = await world.start();
    await ask(world, client, 'add');
    const before = world.row('@fleeting@f')?.createdAtMs as number;
    await world.pass(hourMs);
    expect(await ask(world, client, 'add')).to.deep.equal(one);
    expect(world.row('@fleeting@f')?.createdAtMs).to.be.at.least(before + hourMs);
  });

  it('an entity can expire between two attempts of an operation', async () => {
    const states: unknown[] = [];
    const tried = defineEntity(
      'Fleeting',
      { expireAfter: '1 hour', operations: { go: { retry: { maxAttempts: 2, firstRetryInterval: '2 hours' } } } },
      async (context) => {
        states.push(context.getState());
        await ioTurn();
        if (context.operationName === 'go' && states.length === 2) throw new Error('no');
        context.setState(7);
      },
    );
    const world = new World([tried], { options, database });
    const { client } = await world.start();
    await ask(world, client, 'set');
    await world.until(client.callEntity(id('Fleeting', 'f'), 'go'), 3 * hourMs);
    expect(states).to.deep.equal([undefined, 7, undefined]);
  });

  it('a locked entity that expires is absent for operations, and its row is deleted after the release', async () => {
    const holds = defineOrchestration('Holds', async (context) => {
      using _section = await context.lock(id('Fleeting', 'f'));
      await context.waitForExternalEvent('look');
      const found = await context.callEntity(id('Fleeting', 'f'), 'get');
      await context.waitForExternalEvent('end');
      return found;
    });
    const world = new World([fleeting('1 hour'), holds], { options, database });
    const { client } = await world.start();
    await ask(world, client, 'add');
    const run = await world.until(client.startNew(holds));
    await world.pass(dayMs);
    expect(await seen(world, client)).to.equal(undefined);
    expect(world.row('@fleeting@f')?.meta).to.contain('lock');
    expect((await client.entityStatus(id('Fleeting', 'f')))?.lockedBy).to.equal(run.instanceId);
    await world.until(run.raiseEvent('look'));
    await world.pass(1_000);
    expect(world.row('@fleeting@f')?.state, 'the lock needs its row').to.equal(null);
    await world.until(run.raiseEvent('end'));
    expect(await world.until(run.result())).to.deep.equal(none);
    await world.quiet();
    expect(world.row('@fleeting@f')).to.equal(undefined);
  });

  it('the scheduled signals of an expired entity stay, and begin a new entity', async () => {
    const world = new World([fleeting('1 hour')], { options, database });
    const { client } = await world.start();
    await ask(world, client, 'add');
    const scheduledTime = world.time.wallMs() + 5 * hourMs;
    await world.until(client.signalEntity(id('Fleeting', 'f'), 'add', undefined, { scheduledTime }));
    await world.pass(4 * hourMs);
    expect(world.row('@fleeting@f')).to.equal(undefined);
    await world.pass(hourMs + 1_000);
    expect(await seen(world, client)).to.equal(1);
  });

  it('the row of an expired entity with named signals is deleted after they have run', async () => {
    const world = new World([fleeting('1 hour')], { options, database });
    const { client } = await world.start();
    await ask(world, client, 'add');
    const scheduledTime = world.time.wallMs() + 5 * hourMs;
    const named = { scheduledTime, name: 'later' };
    await world.until(client.signalEntity(id('Fleeting', 'f'), 'get', undefined, named));
    await world.pass(4 * hourMs);
    expect(world.row('@fleeting@f')?.state, 'its row has the name, and no state').to.equal(null);
    expect(await seen(world, client)).to.equal(undefined);
    await world.pass(hourMs + 1_000);
    expect(world.row('@fleeting@f')).to.equal(undefined);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('expiry follows hub time: a database whose clock was set back keeps the entity for longer', async () => {
    const world = new World([fleeting('10 hours')], { options: { leaseMs: hourMs }, database });
    const { client } = await world.start();
    await ask(world, client, 'add');
    world.time.databaseOffsetMs = -5 * hourMs;
    // A commit tells the host.
    await ask(world, client, 'add', 'other');
    await world.pass(14 * hourMs);
    expect(await seen(world, client)).to.equal(1);
    expect(world.row('@fleeting@f')?.state).to.equal('1');
    await world.pass(2 * hourMs);
    expect(await seen(world, client)).to.equal(undefined);
  });

  it('the row of an entity holds its expiry, so that clients agree without its code, and a new declaration counts from the next change', async () => {
    const world = new World([fleeting('1 hour'), counter], { options, database });
    const first = await world.start();
    await ask(world, first.client, 'add');
    await world.until(first.engine.stop(), 60_000);
    await first.store.close();
    // Elsewhere, where the entity is not registered.
    world.definitions = [counter];
    const second = await world.start();
    expect(await seen(world, second.client)).to.equal(1);
    await world.pass(hourMs);
    expect(await seen(world, second.client)).to.equal(undefined);
    expect(await second.client.entityStatus(id('Fleeting', 'f'))).to.equal(undefined);
    expect(world.row('@fleeting@f')?.state, 'nobody here sweeps it').to.equal('1');
    await world.until(second.engine.stop(), 60_000);
    await second.store.close();
    world.definitions = [fleeting(undefined)];
    const third = await world.start();
    expect(await ask(world, third.client, 'get')).to.deep.equal(none);
    await ask(world, third.client, 'add');
    await world.pass(30 * dayMs);
    expect(await seen(world, third.client)).to.equal(1);
    await world.until(third.engine.stop(), 60_000);
    await third.store.close();
    world.definitions = [fleeting('1 hour')];
    const fourth = await world.start();
    await world.pass(30 * dayMs);
    expect(await seen(world, fourth.client), 'it was written before').to.equal(1);
    await ask(world, fourth.client, 'add');
    await world.pass(hourMs);
    expect(await seen(world, fourth.client)).to.equal(undefined);
  });

  it('a watch that begins after the expiry of an entity sees it as absent', async () => {
    const world = new World([fleeting('1 hour')], { options, database });
    const { client } = await world.start();
    await ask(world, client, 'add');
    const watch = (client.watch(id('Fleeting', 'f')) as AsyncIterable<{ entityState: unknown }>)[
      Symbol.asyncIterator
    ]();
    expect((await world.until(watch.next())).value).to.deep.equal({ entityExists: true, entityState: 1 });
    await world.pass(hourMs);
    const late = (client.watch(id('Fleeting', 'f')) as AsyncIterable<{ entityState: unknown }>)[Symbol.asyncIterator]();
    expect((await world.until(late.next())).value).to.deep.equal({ entityExists: false, entityState: undefined });
    // An earlier watch receives the end when the row is deleted.
    expect((await world.until(watch.next())).value).to.deep.equal({ entityExists: false, entityState: undefined });
    await Promise.all([watch.return?.(), late.return?.()]);
  });
});

describe('the sweep of expired entities', () => {
  async function fill(world: World, client: DurableClient, count: number, prefix: string): Promise<void> {
    const keys = Array.from({ length: count }, (_, n) => `${prefix}${n}`);
    await world.until(Promise.all(keys.map((key) => client.signalEntity(id('Fleeting', key), 'add'))));
    await world.quiet();
  }

  it('the sweep deletes expired rows later, page by page with pauses, and no others', async () => {
    const world = new World([fleeting('1 hour'), counter], { options, database });
    const { client, store } = await world.start();
    await world.until(client.callEntity(id('Counter', 'c'), 'add'));
    await fill(world, client, 1_200, 'old');
    await world.pass(hourMs / 2);
    await fill(world, client, 10, 'young');
    const pages: { ms: number; limit: number }[] = [];
    const query = store.queryInstances.bind(store);
    store.queryInstances = (filter, page) => {
      pages.push({ ms: world.time.elapsedMs, limit: page.limit });
      return query(filter, page);
    };
    await world.pass(0.7 * hourMs);
    expect([...world.database.instances.keys()].filter((key) => key.includes('@old'))).to.deep.equal([]);
    expect([...world.database.instances.keys()].filter((key) => key.includes('@young'))).to.have.lengthOf(10);
    expect(world.state('Counter', 'c')).to.equal(1);
    expect(world.database.inbox.size).to.equal(0);
    const last = pages.slice(-3);
    expect(last.every(({ limit }) => limit <= 500)).to.equal(true);
    for (const [n, page] of last.entries()) if (n > 0) expect(page.ms - last[n - 1]!.ms).to.be.at.least(50);
    await world.pass(hourMs);
    expect([...world.database.instances.keys()].filter((key) => key.includes('@young'))).to.deep.equal([]);
  });

  it('the sweep leaves an idle host idle: it reads once at the start, and again after an entity has expired', async () => {
    const world = new World([fleeting('30 days'), counter], { options, database });
    const { client, store } = await world.start();
    await ask(world, client, 'add');
    const queries = () => store.accesses.filter((access) => access === 'queryInstances').length;
    await world.pass(29 * dayMs);
    expect(queries()).to.equal(1);
    await world.pass(2 * dayMs);
    expect(queries()).to.equal(2);
    expect(world.row('@fleeting@f')).to.equal(undefined);
    await world.pass(100 * dayMs);
    expect(queries(), 'nothing is left that could expire').to.equal(2);
    await ask(world, client, 'add');
    await world.pass(40 * dayMs);
    expect(world.row('@fleeting@f')).to.equal(undefined);
    expect(queries()).to.equal(3);
  });

  it('there is no sweep without entities that expire, and the sweep ends with its host', async () => {
    const world = new World([counter], { options, database });
    const first = await world.start();
    await world.pass(dayMs);
    expect(first.store.accesses).not.to.include('queryInstances');
    await world.until(first.engine.stop(), 60_000);
    await first.store.close();
    world.definitions = [fleeting('1 hour')];
    const second = await world.start();
    await world.until(second.engine.stop(), 60_000);
    await second.store.close();
    expect(world.time.step(world.time.elapsedMs + 10 * 86_400_000), 'no timer is left').to.equal(false);
  });

  it('the sweep continues after a failed read of the storage', async () => {
    const world = new World([fleeting('1 hour')], { options, database });
    const { client, store } = await world.start();
    await ask(world, client, 'add');
    let failures = 0;
    store.plan = (access) => (access === 'queryInstances' && failures++ < 2 ? 'fail' : undefined);
    await world.pass(2 * hourMs);
    expect(failures).to.be.greaterThan(2);
    expect(world.row('@fleeting@f')).to.equal(undefined);
    expect(world.log.some(({ level, message }) => level === 'warn' && message.includes('tries again'))).to.equal(true);
  });

  it('an entity that was changed after the read of the sweep stays', async () => {
    const world = new World([fleeting('1 hour', 'external')], { options, database });
    const { client, store } = await world.start();
    await ask(world, client, 'add');
    const gate = deferred();
    await world.pass(hourMs - 1_000);
    store.holdAnswer.set('queryInstances', gate.promise);
    await world.pass(60_000);
    expect(await ask(world, client, 'add'), 'it was over').to.deep.equal(one);
    gate.resolve();
    store.holdAnswer.clear();
    await world.quiet();
    expect(await seen(world, client)).to.equal(1);
    expect(world.database.inbox.size).to.equal(0);
  });

  forEachFault('loses nothing and keeps nothing, with one fault at any access', async (fault, some) => {
    const { accesses } = await sweptWith(undefined);
    expect(accesses).to.be.greaterThan(10);
    for (const at of some) {
      if (at >= accesses) break;
      await sweptWith({ fault, at });
    }
  });

  /** One that is used again and one that is not, until both have expired and are gone; returns how often the storage was asked. */
  async function sweptWith(given: { readonly fault: Fault; readonly at: number } | undefined) {
    const k = given?.at ?? 'none';
    let accesses = 0;
    const world = new World([fleeting('1 hour')], { options, database });
    world.onStore = (store) => {
      store.plan = () => (accesses++ === given?.at ? given.fault : undefined);
    };
    const board = { client: undefined as DurableClient | undefined };
    const start = async () => {
      for (;;) {
        const process = await world.start().catch(() => undefined);
        if (process === undefined) continue;
        board.client = process.client;
        void process.died.then(start);
        return;
      }
    };
    await start();
    const add = (key: string) => {
      const requestId = `${key}${world.time.elapsedMs}`;
      const call = board.client!.callEntity(id('Fleeting', key), 'add', undefined, { requestId });
      return world
        .until(
          call.catch(() => {}),
          1_000,
        )
        .catch(() => {});
    };
    for (const key of ['a', 'b']) await add(key);
    await world.pass(hourMs + 10 * 60_000);
    await add('b');
    await world.pass(10 * 60_000);
    const state = world.state('Fleeting', 'b');
    expect(state, `at ${k}`).to.be.oneOf(given === undefined ? [1] : [undefined, 1]);
    const seenAccesses = accesses;
    await world.pass(2 * hourMs);
    expect([...world.database.instances.keys()], `at ${k} ${world.dump()}`).to.deep.equal([]);
    expect(world.database.inbox.size, `at ${k}`).to.equal(0);
    return { accesses: seenAccesses };
  }
});
