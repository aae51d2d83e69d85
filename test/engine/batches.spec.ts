import { expect } from 'chai';
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { ioTurn } from '../../src/testing/virtual-clock.js';
import { counter, id, list, relay } from './programs.js';
import { deferred, World } from './world.js';

describe('batches', () => {
  it('a client gets no answer before the commit that holds its message', async () => {
    const world = new World([counter]);
    const { client, store } = await world.start();
    await world.until(client.callEntity(id('Counter', 'a'), 'get'));
    const gate = deferred();
    store.holdAnswer.set('commit', gate.promise);
    let acknowledged = 0;
    const sends = [
      client.signalEntity(id('Counter', 'a'), 'add').then(() => acknowledged++),
      client.callEntity(id('Counter', 'a'), 'get').then(() => acknowledged++),
    ];
    await world.quiet();
    expect(acknowledged).to.equal(0);
    expect(world.state('Counter', 'a')).to.equal(1);
    gate.resolve();
    await world.until(Promise.all(sends));
  });

  it('clients are answered in the order in which they sent', async () => {
    const world = new World([counter, list]);
    const { client, store } = await world.start();
    const order: number[] = [];
    const gate = deferred();
    store.holdBefore.set('commit', gate.promise);
    const sends = Array.from({ length: 40 }, (_, n) =>
      client
        .signalEntity(id(n % 2 === 0 ? 'Counter' : 'List', 'a'), n % 2 === 0 ? 'add' : 'append', n)
        .then(() => order.push(n)),
    );
    await world.quiet();
    gate.resolve();
    await world.until(Promise.all(sends));
    expect(order).to.deep.equal(order.toSorted((a, b) => a - b));
  });

  it('the worker computes on the next batch during a commit, and has one commit in flight', async () => {
    const world = new World([counter]);
    const { client, store } = await world.start();
    const gate = deferred();
    store.holdBefore.set('commit', gate.promise);
    const first = client.signalEntity(id('Counter', 'a'), 'add');
    await world.quiet();
    const second = client.signalEntity(id('Counter', 'a'), 'add');
    await world.quiet();
    expect(store.batches.length).to.equal(1);
    store.holdBefore.clear();
    gate.resolve();
    await world.until(Promise.all([first, second]));
    expect(store.batches.map(({ batch }) => batch.seq)).to.deep.equal([1, 2]);
    expect(world.state('Counter', 'a')).to.equal(2);
  });

  it('a message that is produced and consumed within one batch has no row', async () => {
    const world = new World([relay, list]);
    const { client, store } = await world.start();
    await world.until(client.signalEntity(id('Relay', 'r'), 'pass', { lists: ['warm'], value: '0' }));
    await world.quiet();
    const before = store.batches.length;
    await world.until(client.signalEntity(id('Relay', 'r'), 'pass', { lists: ['warm'], value: '1' }));
    const written = store.batches.slice(before);
    expect(written.length).to.equal(1);
    expect(written[0]?.batch.inbox).to.deep.equal([]);
    expect(written[0]?.batch.consumed).to.deep.equal([]);
    expect(written[0]?.batch.instances.map((row) => row.id)).to.deep.equal(['@list@warm', '@relay@r']);
  });

  it('a batch counts waiting messages only: a fan-out over 10,001 entities is one batch without message rows', async () => {
    const width = 10_001;
    const wide = defineOrchestration('Wide', async (context) => {
      const calls = Array.from({ length: width }, (_, n) => context.callEntity<number>(id('Counter', `w${n}`), 'get'));
      return (await Promise.all(calls)).length;
    });
    const world = new World([counter, wide]);
    const { client, store } = await world.start();
    // The first one reads the entities into memory.
    for (const instanceId of ['warm', 'wide']) {
      const run = await world.until(client.startNew(wide, { instanceId }));
      expect(await world.until(run.result())).to.equal(width);
    }
    const ofTheRun = store.batches.filter(({ batch }) => batch.instances.some((row) => row.id === 'wide'));
    expect(ofTheRun.map(({ batch }) => batch.inbox.length)).to.deep.equal([0]);
  });

  it('the row of a running external operation stays while other batches are committed', async () => {
    const gate = deferred();
    let runs = 0;
    const external = defineEntity('External', async (context) => {
      runs++;
      if (runs === 1) await gate.promise;
      context.setState(context.getState(() => 0) + 1);
      context.signalEntity(id('List', 'l'), 'append', 'x');
    });
    const world = new World([external, list, counter]);
    const first = await world.start();
    await world.until(first.client.signalEntity(id('External', 'e'), 'go'));
    await world.quiet();
    expect(runs).to.equal(1);
    await world.until(first.client.signalEntity(id('Counter', 'a'), 'add'));
    await world.until(first.client.signalEntity(id('Counter', 'a'), 'add'));
    expect(world.state('External', 'e')).to.equal(undefined);
    expect([...world.database.inbox.values()].map((row) => row.target)).to.deep.equal(['@external@e']);
    first.crash();
    await world.start();
    await world.quiet();
    expect(world.state('External', 'e')).to.equal(1);
    expect(world.state('List', 'l')).to.deep.equal(['x']);
    expect(world.database.inbox.size).to.equal(0);
    gate.resolve();
    await world.quiet();
    expect(world.state('External', 'e')).to.equal(1);
  });

  it('the worker notices a failed last commit although no more work arrives', async () => {
    for (const fault of ['fail', 'refuse', 'unknown-lost', 'unknown-applied', 'late', 'fenced', 'busy'] as const) {
      const world = new World([counter]);
      const { client, store } = await world.start();
      let failed = false;
      store.plan = (access) => {
        if (access !== 'commit' || failed) return undefined;
        failed = true;
        return fault;
      };
      await world.until(client.signalEntity(id('Counter', 'a'), 'add'), 10_000);
      await world.pass(100);
      expect(failed, fault).to.equal(true);
      expect(world.state('Counter', 'a'), fault).to.equal(1);
    }
  });

  it('the unanswered messages of all lost batches are submitted again, in their order and before new ones', async () => {
    for (const fault of ['fail', 'unknown-lost', 'late', 'fenced'] as const) {
      const world = new World([list]);
      const { client, store } = await world.start();
      const gate = deferred();
      store.holdBefore.set('commit', gate.promise);
      let failed = false;
      store.plan = (access) => {
        if (access !== 'commit' || failed) return undefined;
        failed = true;
        return fault;
      };
      const sends = [
        client.signalEntity(id('List', 'l'), 'append', '1'),
        client.signalEntity(id('List', 'l'), 'append', '2'),
      ];
      await world.quiet();
      sends.push(client.signalEntity(id('List', 'l'), 'append', '3'));
      await world.quiet();
      store.holdBefore.clear();
      const reading = deferred();
      store.holdAnswer.set('readBacklog', reading.promise);
      gate.resolve();
      await world.quiet();
      sends.push(client.signalEntity(id('List', 'l'), 'append', '4'));
      await world.quiet();
      store.holdAnswer.clear();
      reading.resolve();
      await world.until(Promise.all(sends), 10_000);
      await world.quiet();
      expect(world.state('List', 'l'), fault).to.deep.equal(['1', '2', '3', '4']);
    }
  });

  it('a transient refusal makes the worker send the same batch again, and no other batch', async () => {
    const world = new World([counter]);
    const { client, store } = await world.start();
    let refusals = 3;
    store.plan = (access) => (access === 'commit' && refusals-- > 0 ? 'busy' : undefined);
    const first = client.signalEntity(id('Counter', 'a'), 'add');
    await world.quiet();
    const second = client.signalEntity(id('Counter', 'a'), 'add');
    await world.until(Promise.all([first, second]));
    const [a, b, c, d] = store.batches.map(({ batch }) => JSON.stringify(batch));
    expect([b, c, d]).to.deep.equal([a, a, a]);
    expect(world.state('Counter', 'a')).to.equal(2);
  });

  it('an instance stays in memory while its newest state is not committed', async () => {
    const world = new World([counter], { options: { evictAfterEachTurn: true } });
    const { client, store } = await world.start();
    const sends: Promise<unknown>[] = [];
    store.latency = (access) => (access === 'commit' ? [3, 3] : [1, 1]);
    for (let i = 0; i < 50; i++) {
      sends.push(client.signalEntity(id('Counter', 'a'), 'add'));
      await ioTurn();
    }
    await world.until(Promise.all(sends));
    expect(world.state('Counter', 'a')).to.equal(50);
    expect(store.batches.every(({ applied }) => applied)).to.equal(true);
  });

  it('the worker runs and delivers nothing before the whole backlog was read', async () => {
    const world = new World([list, counter]);
    const gate = deferred();
    let runs = 0;
    const blocked = defineEntity('Blocked', async (context) => {
      if (runs++ === 0) await gate.promise;
      context.getState<string[]>(() => []).push(context.getInput());
    });
    world.definitions = [blocked];
    const first = await world.start();
    for (const value of ['1', '2', '3'])
      await world.until(first.client.signalEntity(id('Blocked', 'b'), 'append', value));
    first.crash();
    const reading = deferred();
    let waiting = false;
    world.onStore = (store) => {
      store.holdAnswer.set('readBacklog', reading.promise);
      waiting = true;
    };
    const starting = world.start();
    await world.quiet();
    expect(waiting).to.equal(true);
    expect(runs).to.equal(1);
    reading.resolve();
    const second = await starting;
    await world.until(second.client.signalEntity(id('Blocked', 'b'), 'append', '4'));
    await world.pass(100);
    expect(world.state('Blocked', 'b')).to.deep.equal(['1', '2', '3', '4']);
  });

  it('a row that a poll read before the commit that consumed it is not taken again', async () => {
    let runs = 0;
    const external = defineEntity('External', (context) => {
      runs++;
      context.setState(context.getState(() => 0) + 1);
    });
    const world = new World([external, counter]);
    const { client, store } = await world.start();
    const nowMs = world.time.wallMs();
    await world.until(client.signalEntity(id('External', 'e'), 'go', undefined, { scheduledTime: nowMs + 1_000 }));
    await world.until(client.signalEntity(id('Counter', 'c'), 'add', 1, { scheduledTime: nowMs + 1_001 }));
    const commit = deferred();
    const answer = deferred();
    // The first message is due, and is run; its commit is under way when a poll for the second one reads the table.
    await world.pass(999);
    store.holdBefore.set('commit', commit.promise);
    await world.pass(1);
    store.holdAnswer.set('poll', answer.promise);
    await world.pass(1);
    store.holdBefore.clear();
    commit.resolve();
    await world.quiet();
    // The answer of the poll arrives after the commit of the rows that the poll saw.
    answer.resolve();
    store.holdAnswer.clear();
    await world.pass(1_000);
    expect(runs, 'runs of the operation').to.equal(1);
    expect(world.state('External', 'e')).to.equal(1);
    expect(world.state('Counter', 'c')).to.equal(1);
    expect(
      store.batches.every(({ applied }) => applied),
      'every batch was accepted',
    ).to.equal(true);
  });

  it('every promise of a client settles when the storage stays broken', async () => {
    const world = new World([counter]);
    const { client, store } = await world.start();
    const gate = deferred();
    store.holdBefore.set('commit', gate.promise);
    const sends = [client.signalEntity(id('Counter', 'a'), 'add')];
    await world.quiet();
    // Computed ahead, in the batch behind the one under way.
    sends.push(client.signalEntity(id('Counter', 'a'), 'add'));
    await world.quiet();
    store.plan = () => 'fail';
    gate.resolve();
    const outcomes = await world.until(Promise.allSettled(sends), 3_600_000);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
  });

  it('the worker continues when the storage works again after a minute', async () => {
    const world = new World([counter]);
    const { client, store } = await world.start();
    await world.until(client.signalEntity(id('Counter', 'a'), 'add'));
    store.plan = () => 'fail';
    const send = client.signalEntity(id('Counter', 'a'), 'add', undefined, { requestId: 'r' });
    const outcome = send.then(
      () => 'stored',
      () => 'not stored',
    );
    await world.pass(60_000);
    store.plan = () => undefined;
    await world.pass(10_000);
    await world.until(client.signalEntity(id('Counter', 'a'), 'add', undefined, { requestId: 'r' }));
    await world.until(outcome);
    await world.quiet();
    expect(world.state('Counter', 'a')).to.equal(2);
  });
});
