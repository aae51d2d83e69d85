import { expect } from 'chai';
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { StoreBrokenError } from '../../src/engines/sql/ports/store-errors.js';
import type { MemoryDatabaseOptions } from '../../src/storage/memory/index.js';
import { commitFaults } from './fault-store.js';
import { counter, id, list } from './programs.js';
import { deferred, failure, World, type Connected } from './world.js';

const waiter = defineOrchestration('Waiter', async (context, input?: string) => {
  context.setCustomStatus('waiting');
  return [input, await context.waitForExternalEvent('go')];
});
const failing = defineEntity('Failing', { effects: 'none' }, () => {
  throw new RangeError('no');
});
const everything = [counter, list, waiter, failing];
const a = id('Counter', 'a');
const database: MemoryDatabaseOptions = { partitionCount: 4 };

function rows(world: World): number {
  return world.database.inbox.size;
}

function kinds(world: World): string[] {
  return [...world.database.workers.values()].filter(({ alive }) => alive).map(({ kind }) => kind);
}

describe('a connected client', () => {
  let world: World;
  beforeEach(() => {
    world = new World(everything, { database });
  });

  it('a connected client signals, calls and reads entities of another process', async () => {
    await world.start();
    const { client } = await world.connect();
    await world.until(client.signalEntity(a, 'add', 2));
    expect(await world.until(client.callEntity(a, 'add', 3))).to.equal(5);
    expect((await world.until(client.readEntityState(a))).entityState).to.equal(5);
    const error = await world.until(failure(client.callEntity(id('Failing', 'f'), 'go')));
    expect(error.name).to.equal('EntityOperationFailedError');
    expect((error.cause as Error).name).to.equal('RangeError');
  });

  it('a connected client starts orchestrations, raises events, and manages and follows orchestrations', async () => {
    await world.start();
    const { client } = await world.connect();
    const run = await world.until(client.startNew(waiter, { instanceId: 'w', input: 'x' }));
    const again = await world.until(client.startNew(waiter, { instanceId: 'w', input: 'x' }));
    expect(again.instanceId).to.equal('w');
    const other = await world.until(failure(client.startNew(waiter, { instanceId: 'w', input: 'y' })));
    expect(other.name).to.equal('InstanceAlreadyExistsError');
    const result = run.result();
    await world.until(run.suspend('wait'));
    expect((await world.until(run.status()))?.runtimeStatus).to.equal('suspended');
    await world.until(run.raiseEvent('go', 7));
    await world.until(run.resume());
    expect(await world.until(result)).to.deep.equal(['x', 7]);
    expect((await world.until(failure(run.raiseEvent('go')))).name).to.equal('OrchestrationNotFoundError');
    await world.until(run.purge());
    expect(await world.until(run.status())).to.equal(undefined);
  });

  it('messages that a client sends while there is no worker are applied by the next worker, in order', async () => {
    const { client } = await world.connect();
    world.database.names.add('entity:list');
    expect((await world.until(failure(client.signalEntity(a, 'add')))).name).to.equal('UnknownEntityError');
    for (const value of ['1', '2', '3']) await world.until(client.signalEntity(id('List', 'l'), 'append', value));
    const call = client.callEntity(id('List', 'l'), 'append', '4');
    await world.pass(5_000);
    expect(rows(world)).to.equal(4);
    await world.start();
    expect(await world.until(call)).to.equal(4);
    expect(world.state('List', 'l')).to.deep.equal(['1', '2', '3', '4']);
  });

  it('a connected client keeps the order of messages that it sends without waiting, and sends them together', async () => {
    await world.start();
    const { client, store } = await world.connect();
    const sent = Array.from({ length: 30 }, (_, n) => client.signalEntity(id('List', 'l'), 'append', n));
    await world.until(Promise.all(sent));
    await world.pass(2_000);
    expect(world.state('List', 'l')).to.deep.equal(Array.from({ length: 30 }, (_, n) => n));
    expect(store.batches.length).to.be.at.most(3);
  });

  it('the row of a connected client owns nothing, and is gone when the client is closed', async () => {
    await world.start();
    const connected = await world.connect();
    await world.until(connected.client.callEntity(a, 'add'));
    expect(kinds(world)).to.deep.equal(['worker', 'client']);
    expect(connected.store.batches.every(({ batch }) => batch.consumed.length + batch.instances.length === 0)).to.equal(
      true,
    );
    const waiting = failure(connected.client.run(waiter, 'w').result());
    await world.until(connected.client.close());
    expect(kinds(world)).to.deep.equal(['worker']);
    await waiting;
    const attempts = [
      connected.client.signalEntity(a, 'add'),
      connected.client.callEntity(a, 'add'),
      connected.client.readEntityState(a),
      connected.client.run(waiter, 'w').result(),
    ];
    for (const failed of attempts.map(failure)) expect((await world.until(failed)).name).to.equal('ClientClosedError');
  });

  it('a connected client continues when its row was deleted meanwhile', async () => {
    await world.start();
    const { client } = await world.connect();
    await world.until(client.callEntity(a, 'add'));
    for (const row of world.database.workers.values()) if (row.kind === 'client') row.alive = false;
    expect(await world.until(client.callEntity(a, 'add'))).to.equal(2);
  });

  it('a connected client leaves no receipt behind after it sends the next message', async () => {
    await world.start();
    const { client } = await world.connect();
    for (let i = 1; i <= 3; i++) expect(await world.until(client.callEntity(a, 'add'))).to.equal(i);
    expect(world.database.receipts.size).to.equal(1);
  });

  for (const fault of commitFaults)
    it(`every message is stored once and in order when appends meet: ${fault}`, async () => {
      await world.start();
      const { client, store } = await world.connect();
      let n = 0;
      store.plan = (access) => (access === 'commit' && n++ % 3 === 1 && fault !== 'refuse' ? fault : undefined);
      if (fault === 'refuse') store.plan = (access) => (access === 'commit' && n++ === 1 ? fault : undefined);
      for (let value = 0; value < 12; value++) {
        const attempt = client.signalEntity(id('List', 'l'), 'append', value);
        await world.until(attempt.catch((error: Error) => expect(error.name).to.equal('StoreRefusedError')));
      }
      await world.pass(3_000);
      const expected = Array.from({ length: 12 }, (_, value) => value).filter(
        (value) => fault !== 'refuse' || value !== 1,
      );
      expect(world.state('List', 'l')).to.deep.equal(expected);
    });

  it('messages have an unknown outcome while the database does not answer, and unsent messages are rejected as such', async () => {
    await world.start();
    const { client, store } = await world.connect();
    await world.until(client.signalEntity(a, 'add'));
    const gate = deferred();
    store.holdAnswer.set('commit', gate.promise);
    const first = failure(client.signalEntity(a, 'add'));
    await world.quiet();
    const second = failure(client.signalEntity(a, 'add'));
    await world.pass(31_000);
    expect([(await first).name, (await second).name]).to.deep.equal(['UnknownOutcomeError', 'StorageBusyError']);
    store.holdAnswer.clear();
    gate.resolve();
    expect(await world.until(client.callEntity(a, 'add'))).to.equal(3);
  });

  it('a request id takes effect once, whichever process it comes from', async () => {
    const host = await world.start();
    const first = await world.connect();
    const second = await world.connect();
    const requestId = 'once';
    const call = (client: Connected['client']) => client.callEntity(a, 'add', 5, { requestId });
    const answers = await world.until(Promise.all([call(first.client), call(second.client), call(host.client)]));
    expect(answers).to.deep.equal([5, 5, 5]);
    expect(await world.until(call(second.client))).to.equal(5);
    for (const { client } of [first, second, host]) {
      const reused = await world.until(failure(client.callEntity(a, 'add', 6, { requestId })));
      expect(reused.name).to.equal('RequestIdReusedError');
    }
    await world.until(first.client.signalEntity(a, 'add', 1, { requestId: 'signal' }));
    const tickets = await world.until(
      Promise.all([first, second, host].map(({ client }) => client.signalEntity(a, 'add', 1, { requestId: 'signal' }))),
    );
    expect(new Set(tickets).size).to.equal(1);
    const reused = await world.until(failure(second.client.signalEntity(a, 'add', 2, { requestId: 'signal' })));
    expect(reused.name).to.equal('RequestIdReusedError');
    await world.pass(2_000);
    expect(world.state('Counter', 'a')).to.equal(6);
    expect(rows(world)).to.equal(0);
  });

  it('a connected client is answered also when the worker changes in between', async () => {
    const first = await world.start();
    await world.start();
    const { client } = await world.connect();
    await world.until(client.callEntity(a, 'add'));
    first.crash();
    expect(await world.until(client.callEntity(a, 'add'), 5_000)).to.equal(2);
    const run = await world.until(client.startNew(waiter));
    expect((await world.until(run.status()))?.customStatus).to.equal('waiting');
  });

  it('the worker receives a message at once by a hint, and within a second without one, also when hints are doubled or late', async () => {
    const { store } = await world.start();
    const { client } = await world.connect();
    await world.until(client.callEntity(a, 'add'));
    await world.pass(10_000);
    const before = store.accesses.filter((access) => access === 'poll').length;
    await world.pass(10_000);
    expect(store.accesses.filter((access) => access === 'poll').length - before).to.be.at.most(10);
    const hints: Record<string, [hint: (callback: () => void) => void, ms: number]> = {
      'at once': [(callback) => callback(), 60],
      twice: [(callback) => [callback(), callback()], 60],
      late: [(callback) => world.time.setTimer(3_000, callback), 1_100],
      lost: [() => {}, 1_100],
    };
    for (const [name, [hint, ms]] of Object.entries(hints)) {
      await world.pass(10_000);
      store.hint = hint;
      const call = client.callEntity(a, 'add');
      await world.until(call, ms).catch(() => expect.fail(`${name}: not within ${ms} ms`));
    }
  });

  it('G9: a connected client leaves no receipt of answered calls, whether it continues, is idle or closes', async () => {
    await world.start();
    const { client, store } = await world.connect();
    for (let round = 0; round < 5; round++)
      await world.until(Promise.all(Array.from({ length: 40 }, () => client.callEntity(a, 'add'))));
    // One answer each, read by the next append.
    expect(world.database.receipts.size).to.be.at.most(40);
    await world.pass(1_500);
    expect(world.database.receipts.size).to.equal(0);
    const commits = store.batches.length;
    await world.pass(60_000);
    expect(store.batches.length).to.equal(commits);
    await world.until(client.callEntity(a, 'add'));
    await world.until(client.close());
    expect(world.database.receipts.size).to.equal(0);
  });

  it('G9: a connected client tells an append from a deletion of receipts whose answer was lost', async () => {
    await world.start();
    const { client, store } = await world.connect();
    for (const fault of ['unknown-applied', 'unknown-lost', 'busy', 'fenced'] as const) {
      await world.until(client.callEntity(a, 'add'));
      store.plan = (access) => (access === 'commit' ? fault : undefined);
      await world.pass(1_005);
      store.plan = () => undefined;
    }
    expect(await world.until(client.callEntity(a, 'add'))).to.equal(5);
    await world.pass(2_000);
    expect(world.database.receipts.size).to.equal(0);
  });

  it('a connected client sees the queue of an entity, and handles dead letters through the worker', async () => {
    await world.start();
    const { client } = await world.connect();
    expect(await world.until(client.entityStatus(a))).to.equal(undefined);
    await world.until(client.callEntity(a, 'add'));
    expect(await world.until(client.entityStatus(a))).to.include({ backlog: 0, currentOperation: null });
    const body = JSON.stringify({ kind: 'operation', operation: 'add', input: '10' });
    for (const letter of [901, 902])
      world.database.deadLetters.set(letter, {
        id: letter,
        target: '@counter@a',
        body,
        attempts: 3,
        reason: 'r',
        activeMs: 0,
        atMs: 1,
      });
    const letters = client.deadLetters();
    const answers = [letters.retry(901), letters.retry(901), letters.discard(902), letters.discard(903)];
    expect(await world.until(Promise.all(answers))).to.deep.equal([true, false, true, false]);
    await world.pass(1_000);
    expect(world.state('Counter', 'a')).to.equal(11);
    expect(world.database.deadLetters.size).to.equal(0);
  });

  it('a connected client stops with a broken database: messages in flight have an unknown outcome, others are refused at once', async () => {
    const world = new World(everything, { database });
    await world.start();
    const { client, store } = await world.connect();
    await world.until(client.signalEntity(a, 'add'));
    store.commit = () => Promise.reject(new StoreBrokenError('The file is gone.'));
    expect((await world.until(failure(client.signalEntity(a, 'add')), 1_000)).name).to.equal('UnknownOutcomeError');
    const joins = store.accesses.filter((access) => access === 'join').length;
    expect(await world.until(failure(client.signalEntity(a, 'add')), 1_000)).to.be.instanceOf(StoreBrokenError);
    expect(store.accesses.filter((access) => access === 'join').length).to.equal(joins);
  });
});

describe('the client of a standby', () => {
  it('the client of a standby sends to the worker, and to its own engine once that is the worker, in order', async () => {
    const world = new World(everything, { database });
    const first = await world.start();
    const second = await world.start();
    const values = Array.from({ length: 40 }, (_, n) => n);
    const sent: Promise<unknown>[] = [];
    for (const value of values) {
      sent.push(second.client.signalEntity(id('List', 'l'), 'append', value));
      if (value === 10) first.crash();
      if (value % 4 === 0) await world.pass(30);
    }
    await world.until(Promise.all(sent));
    expect(second.engine.role).to.equal('active');
    await world.pass(2_000);
    expect(world.state('List', 'l')).to.deep.equal(values);
  });

  it('the client of a former worker is answered by the new worker, wherever its messages were', async () => {
    const world = new World(everything, { database });
    const first = await world.start();
    const second = await world.start();
    const { client } = first;
    await world.until(client.startNew(waiter, { instanceId: 'w' }));
    await world.until(client.run(waiter, 'w').suspend());
    const gate = deferred();
    for (const access of [
      'commit',
      'members',
      'acquireExclusiveLock',
      'poll',
      'loadInstances',
      'retire',
      'join',
    ] as const)
      first.store.holdBefore.set(access, gate.promise);
    const open = [client.callEntity(a, 'add'), client.signalEntity(a, 'add'), client.run(waiter, 'w').raiseEvent('go')];
    await world.quiet();
    open.push(client.callEntity(a, 'add'), client.run(waiter, 'w').resume(), client.run(waiter, 'w').result());
    await world.until(second.engine.active(), 20_000);
    first.store.holdBefore.clear();
    gate.resolve();
    await world.until(Promise.all(open), 20_000);
    expect(first.engine.role).to.equal('standby');
    expect(world.state('Counter', 'a')).to.equal(3);
  });

  it('the client of a former worker is answered for messages that wait as rows', async () => {
    const slow = deferred();
    const external = defineEntity('Slow', async (context) => {
      await slow.promise;
      context.setState('done');
      return 'answer';
    });
    const world = new World([external, ...everything], { database });
    const first = await world.start();
    const second = await world.start();
    const calls = [1, 2].map(() => first.client.callEntity(id('Slow', 's'), 'go'));
    const request = first.client.callEntity(id('Slow', 's'), 'go', undefined, { requestId: 'r' });
    await world.pass(1_000);
    expect(rows(world)).to.equal(3);
    const gate = deferred();
    for (const access of ['commit', 'members', 'acquireExclusiveLock', 'poll', 'retire', 'join'] as const)
      first.store.holdBefore.set(access, gate.promise);
    await world.until(second.engine.active(), 20_000);
    first.store.holdBefore.clear();
    gate.resolve();
    await world.pass(20_000);
    expect(first.engine.role).to.equal('standby');
    slow.resolve();
    expect(await world.until(Promise.all([...calls, request]))).to.deep.equal(['answer', 'answer', 'answer']);
  });
});
