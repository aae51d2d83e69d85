import { expect } from 'chai';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { ioTurn } from '../../src/testing/virtual-clock.js';
import { counter, id, list } from './programs.js';
import { deferred, failure, World } from './world.js';

describe('the lease', () => {
  it('an idle worker renews its lease each third of it, whenever the last commit began', async () => {
    for (const offsetMs of [0, 1, 100, 2_500, 4_900]) {
      const world = new World([counter]);
      const { client, store } = await world.start();
      await world.pass(5_000 + offsetMs);
      await world.until(client.signalEntity(id('Counter', 'a'), 'add'));
      await world.pass(40_000);
      const times = store.batches.map(({ atMs }) => atMs);
      const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] as number));
      expect(Math.max(...gaps), `work at ${offsetMs} ms after a beat`).to.be.at.most(5_050);
    }
  });

  it('a worker whose row is dead changes nothing, reads its state again and continues', async () => {
    const world = new World([counter]);
    const { client, store } = await world.start();
    await world.until(client.callEntity(id('Counter', 'a'), 'add'));
    for (const row of world.database.workers.values()) row.alive = false;
    expect(await world.until(client.callEntity(id('Counter', 'a'), 'add'))).to.equal(2);
    expect(world.state('Counter', 'a')).to.equal(2);
    expect(store.accesses.filter((access) => access === 'join').length).to.equal(2);
  });

  it('a worker recovers when its reset is interrupted anywhere, on a shared database as well', async () => {
    for (const access of ['retire', 'join', 'acquire', 'readTimes', 'readBacklog', 'poll'] as const) {
      for (const fault of ['fail', 'unknown-applied'] as const) {
        const world = new World([counter], { database: { partitionCount: 4, lockless: true } });
        const { client, store } = await world.start();
        await world.until(client.callEntity(id('Counter', 'a'), 'add'));
        const hit = new Set<string>();
        store.plan = (each) => {
          if ((each === 'commit' || each === access) && !hit.has(each) && (each === 'commit' || hit.has('commit'))) {
            hit.add(each);
            return each === 'commit' ? 'unknown-lost' : fault;
          }
          return undefined;
        };
        expect(await world.until(client.callEntity(id('Counter', 'a'), 'add'), 60_000), `${access} ${fault}`).to.equal(
          2,
        );
        const owners = new Set(world.database.partitions.map(({ owner }) => owner));
        expect(owners.size, `${access} ${fault}: owners`).to.equal(1);
        expect(world.database.isAlive([...owners][0] as number)).to.equal(true);
      }
    }
  });
});

describe('stopping', () => {
  it('a stop lets activities and external operations end, commits all effects and frees the partitions', async () => {
    const gate = deferred();
    const slow = defineEntity('Slow', async (context) => {
      await gate.promise;
      context.setState('done');
    });
    const activity = defineActivity('Act', async () => {
      await gate.promise;
      return 5;
    });
    const caller = defineOrchestration('Caller', async (context) => context.callActivity(activity));
    const world = new World([slow, activity, caller]);
    const { client, engine } = await world.start();
    await world.until(client.signalEntity(id('Slow', 's'), 'go'));
    const run = await world.until(client.startNew(caller));
    await world.quiet();
    let stopped = false;
    const stopping = engine.stop().then(() => (stopped = true));
    await world.pass(1_000);
    expect(stopped).to.equal(false);
    const refused = await world.until(failure(client.signalEntity(id('Slow', 's'), 'go')));
    expect(refused.name).to.equal('HostStoppedError');
    gate.resolve();
    await world.until(stopping, 1_000);
    expect(world.state('Slow', 's')).to.equal('done');
    expect(world.row(run.instanceId)?.status).to.equal('completed');
    expect(world.database.inbox.size).to.equal(0);
    expect(world.database.partitions.every(({ owner }) => owner === 0)).to.equal(true);
  });

  it('a stop aborts work that exceeds the stop timeout, and leaves its rows to the next host', async () => {
    const gate = deferred();
    let aborted = 0;
    const slow = defineEntity('Slow', async (context) => {
      context.signal.addEventListener('abort', () => aborted++);
      await gate.promise;
      context.setState('done');
    });
    const activity = defineActivity('Act', async (context) => {
      context.signal.addEventListener('abort', () => aborted++);
      await gate.promise;
    });
    const caller = defineOrchestration('Caller', async (context) => context.callActivity(activity));
    const world = new World([slow, activity, caller]);
    const { client, engine } = await world.start();
    await world.until(client.signalEntity(id('Slow', 's'), 'go'));
    const run = await world.until(client.startNew(caller));
    await world.quiet();
    const stopping = engine.stop();
    await world.until(stopping, 4_000);
    expect(aborted).to.equal(2);
    expect(world.database.inbox.size).to.equal(2);
    expect(world.database.partitions.every(({ owner }) => owner === 0)).to.equal(true);
    gate.resolve();
    const second = await world.start();
    await world.until(second.client.run(caller, run.instanceId).result());
    await world.quiet();
    expect(world.state('Slow', 's')).to.equal('done');
    expect(world.database.inbox.size).to.equal(0);
  });

  it('a stop settles every promise of clients', async () => {
    const never = defineEntity('Never', () => new Promise(() => {}));
    const waiter = defineOrchestration('Waiter', async (context) => context.waitForExternalEvent('never'));
    const world = new World([never, waiter, counter, list]);
    const { client, engine } = await world.start();
    const run = await world.until(client.startNew(waiter));
    const open = [
      client.callEntity(id('Never', 'n'), 'go'),
      run.result(),
      client.signalEntity(id('Counter', 'c'), 'add'),
      client.callEntity(id('Counter', 'c'), 'add'),
      client.startNew(waiter),
      run.raiseEvent('x'),
      client.signalEntity(id('List', 'l'), 'append', 'x', { requestId: 'r' }),
    ];
    const settled = Promise.allSettled(open);
    await world.until(engine.stop(), 10_000);
    await world.until(settled, 1_000);
    expect((await failure(run.result())).name).to.equal('HostStoppedError');
  });

  for (const fault of ['fail', 'refuse', 'unknown-applied', 'unknown-lost', 'late', 'fenced', 'busy'] as const) {
    it(`a stop ends and settles every promise when every later commit meets: ${fault}`, async () => {
      const world = new World([counter]);
      const { client, engine, store } = await world.start();
      await world.until(client.callEntity(id('Counter', 'a'), 'add'));
      store.plan = (access) => (access === 'commit' ? fault : undefined);
      const open = [1, 2, 3].map(() => client.callEntity(id('Counter', 'a'), 'add'));
      const settled = Promise.allSettled(open);
      await world.quiet();
      await world.until(engine.stop(), 120_000);
      await world.until(settled, 1_000);
    });
  }

  it('a stop ends when the storage answers only with errors', async () => {
    const world = new World([counter]);
    const { client, engine, store } = await world.start();
    store.plan = () => 'fail';
    const open = client.callEntity(id('Counter', 'a'), 'add');
    const settled = failure(open);
    await world.quiet();
    await world.until(engine.stop(), 120_000);
    await world.until(settled, 1_000);
  });

  it('a stop ends when it is requested during a reset', async () => {
    const world = new World([counter]);
    const { client, engine, store } = await world.start();
    await world.until(client.callEntity(id('Counter', 'a'), 'add'));
    let failing = true;
    store.plan = (access) => {
      if (access === 'commit' && failing) {
        failing = false;
        return 'unknown-lost';
      }
      return undefined;
    };
    const reading = deferred();
    store.holdAnswer.set('readBacklog', reading.promise);
    const open = Promise.allSettled([client.callEntity(id('Counter', 'a'), 'add')]);
    await world.quiet();
    const stopping = engine.stop();
    await world.quiet();
    store.holdAnswer.clear();
    reading.resolve();
    await world.until(stopping, 60_000);
    await world.until(open, 1_000);
    expect(world.database.partitions.every(({ owner }) => owner === 0 || !world.database.isAlive(owner))).to.equal(
      true,
    );
  });

  it('a stop settles admitted messages when a read fails meanwhile', async () => {
    const world = new World([counter]);
    const { client, engine, store } = await world.start();
    const gate = deferred();
    store.holdBefore.set('commit', gate.promise);
    const open = [client.signalEntity(id('Counter', 'a'), 'add')];
    await world.quiet();
    open.push(client.signalEntity(id('Counter', 'b'), 'add'));
    const settled = Promise.allSettled(open);
    store.plan = (access) => (access === 'loadInstances' ? 'fail' : undefined);
    const stopping = engine.stop();
    await world.quiet();
    gate.resolve();
    await world.until(stopping, 60_000);
    await world.until(settled, 1_000);
  });

  it('a stop settles messages of a batch that is never sealed', async () => {
    const restless = defineEntity('Restless', { effects: 'none' }, (context) => {
      context.signalEntity(id('Restless', context.entityKey), 'go');
    });
    const world = new World([restless, counter]);
    world.time.stepMs = 0.0001;
    const { client, engine, store } = await world.start();
    await world.until(client.signalEntity(id('Restless', 'r'), 'go'));
    store.plan = (access) => (access === 'loadInstances' ? 'fail' : undefined);
    const open = [client.signalEntity(id('Counter', 'a'), 'add'), client.callEntity(id('Counter', 'b'), 'add')];
    const settled = Promise.allSettled(open);
    for (let i = 0; i < 30; i++) await ioTurn();
    const stopping = engine.stop();
    world.time.stepMs = 1;
    await world.until(stopping, 60_000);
    await world.until(settled, 1_000);
  });

  it('a stop ends when a commit is never answered', async () => {
    const world = new World([counter]);
    const { client, engine, store } = await world.start();
    store.holdAnswer.set('commit', new Promise(() => {}));
    const settled = Promise.allSettled([client.signalEntity(id('Counter', 'a'), 'add')]);
    await world.quiet();
    await world.until(engine.stop(), 120_000);
    await world.until(settled, 1_000);
  });

  it('a stop is idempotent, and may be requested several times at once', async () => {
    const world = new World([counter]);
    const { engine } = await world.start();
    await world.until(Promise.all([engine.stop(), engine.stop()]));
    await engine.stop();
  });
});
