import { expect } from 'chai';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { ioTurn } from '../../src/testing/virtual-clock.js';
import { counter, id } from './programs.js';
import { deferred, failure, World } from './world.js';

describe('effects outside the system', () => {
  it('an external operation starts only after its message and the last outcome are committed, one per commit', async () => {
    const starts: { committed: unknown; seen: number; commits: number }[] = [];
    const external = defineEntity('External', async (context) => {
      const seen = context.getState(() => 0);
      starts.push({
        committed: world.state('External', 'e') ?? 0,
        seen,
        commits: store.batches.filter((each) => each.applied).length,
      });
      if (seen % 2 === 0) await ioTurn();
      context.setState(seen + 1);
    });
    const world = new World([external]);
    const { client, store } = await world.start();
    store.latency = (access) => (access === 'commit' ? [3, 3] : [1, 1]);
    await world.until(Promise.all(Array.from({ length: 6 }, () => client.callEntity(id('External', 'e'), 'go'))));
    expect(starts.map(({ seen }) => seen)).to.deep.equal([0, 1, 2, 3, 4, 5]);
    for (const { committed, seen } of starts)
      expect(committed, 'the state it sees is the committed one').to.equal(seen);
    expect(new Set(starts.map(({ commits }) => commits)).size, 'a commit between each two').to.equal(6);
  });

  it('an external operation waits for the commit of a failed or unchanged outcome as well', async () => {
    const commitsAtStart: number[] = [];
    const external = defineEntity('External', () => {
      commitsAtStart.push(store.batches.filter((each) => each.applied).length);
      if (commitsAtStart.length % 2 === 0) throw new Error('no');
    });
    const world = new World([external]);
    const { client, store } = await world.start();
    await world.until(
      Promise.allSettled(Array.from({ length: 4 }, () => client.callEntity(id('External', 'e'), 'go'))),
    );
    expect(new Set(commitsAtStart).size).to.equal(4);
    expect(commitsAtStart[0], 'the message itself is committed').to.be.greaterThan(0);
  });

  it('an activity starts only after its row is committed', async () => {
    let rows = 0;
    const activity = defineActivity('Act', () => {
      rows = [...world.database.inbox.values()].filter((row) => row.target === 'activity:Act').length;
    });
    const caller = defineOrchestration('Caller', async (context) => context.callActivity(activity));
    const world = new World([activity, caller]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(caller));
    await world.until(run.result());
    expect(rows).to.equal(1);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('no activity or external operation starts when the last successful commit began two thirds of a lease ago or more', async () => {
    let runs = 0;
    const activity = defineActivity('Act', () => void runs++);
    const external = defineEntity('External', () => void runs++);
    const caller = defineOrchestration('Caller', async (context) => {
      await context.waitForExternalEvent('go');
      return context.callActivity(activity);
    });
    const world = new World([activity, external, caller]);
    const { client, store } = await world.start();
    const run = await world.until(client.startNew(caller));
    const gate = deferred();
    // The commit that asks for both begins now, and is answered when its lease is nearly over.
    store.holdAnswer.set('commit', gate.promise);
    const raised = run.raiseEvent('go');
    const signalled = client.signalEntity(id('External', 'e'), 'go');
    await world.pass(11_000);
    const later = deferred();
    store.holdAnswer.set('commit', later.promise);
    gate.resolve();
    await world.quiet();
    expect(runs, 'the commit is good, but began too long ago').to.equal(0);
    store.holdAnswer.clear();
    later.resolve();
    await world.until(Promise.all([raised, signalled, run.result()]));
    await world.pass(1);
    expect(runs).to.equal(2);
  });

  it('activities and external operations run up to their concurrency limits', async () => {
    let running = 0;
    let most = 0;
    const busy = async () => {
      most = Math.max(most, ++running);
      for (let i = 0; i < 5; i++) await ioTurn();
      running--;
    };
    const activity = defineActivity('Act', busy);
    const external = defineEntity('External', busy);
    const fan = defineOrchestration('Fan', async (context) => {
      await Promise.all(Array.from({ length: 12 }, () => context.callActivity(activity)));
    });
    const world = new World([activity, external, fan], {
      options: { maxConcurrentActivities: 3, maxConcurrentExternal: 4 },
    });
    const { client } = await world.start();
    const run = await world.until(client.startNew(fan));
    await world.until(run.result());
    expect(most).to.equal(3);
    most = 0;
    await world.until(
      Promise.all(Array.from({ length: 12 }, (_, n) => client.callEntity(id('External', `e${n}`), 'go'))),
    );
    expect(most).to.equal(4);
  });

  it('the signals of many operations that run at the same time share one listener, and all are aborted when the worker ends', async () => {
    const aborted: string[] = [];
    const warnings: Error[] = [];
    const heard = (warning: Error) => void warnings.push(warning);
    process.on('warning', heard);
    const external = defineEntity('External', async (context) => {
      const { signal } = context;
      if (context.operationName === 'wait')
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      if (signal.aborted) aborted.push(context.entityId.key);
    });
    const world = new World([external]);
    const { client, engine } = await world.start();
    for (let n = 0; n < 40; n++) void client.callEntity(id('External', `w${n}`), 'wait').catch(() => {});
    for (let n = 0; n < 40; n++) await world.until(client.callEntity(id('External', 'e'), 'go'));
    await world.until(engine.stop(), 60_000);
    await ioTurn();
    process.off('warning', heard);
    expect(aborted.toSorted()).to.deep.equal(Array.from({ length: 40 }, (_, n) => `w${n}`).toSorted());
    expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).to.deep.equal([]);
  });

  it('an operation of a `none` entity that is pending after its turn is rolled back', async () => {
    const late = deferred();
    const bad = defineEntity('Bad', { effects: 'none' }, async (context) => {
      const state = context.getState<{ n: number }>(() => ({ n: 0 }));
      state.n++;
      if (context.operationName === 'wait') {
        await late.promise;
        state.n += 100;
      }
      return state.n;
    });
    const world = new World([bad]);
    const { client } = await world.start();
    await world.until(client.callEntity(id('Bad', 'a'), 'go'));
    const error = await world.until(failure(client.callEntity(id('Bad', 'a'), 'wait')));
    expect((error as { code?: string }).code).to.equal('DE_EFFECTS_VIOLATION');
    late.resolve();
    await world.quiet();
    expect(await world.until(client.callEntity(id('Bad', 'a'), 'go'))).to.equal(2);
    expect(world.state('Bad', 'a')).to.deep.equal({ n: 2 });
  });

  it('the stored state is that of the end of the operation, without later changes by a forgotten await', async () => {
    const late = deferred();
    const bad = defineEntity('Bad', (context) => {
      const state = context.getState<{ n: number }>(() => ({ n: 0 }));
      state.n++;
      if (context.operationName === 'forget') void late.promise.then(() => (state.n += 100));
      return state.n;
    });
    const world = new World([bad]);
    const { client } = await world.start();
    await world.until(client.callEntity(id('Bad', 'a'), 'forget'));
    late.resolve();
    await world.quiet();
    expect(await world.until(client.callEntity(id('Bad', 'a'), 'go'))).to.equal(2);
    expect(world.state('Bad', 'a')).to.deep.equal({ n: 2 });
  });

  it('inputs, results, states and events are passed as text, never by reference', async () => {
    const shared = { list: [1] };
    const keeper = defineEntity('Keeper', { effects: 'none' }, (context) => {
      if (context.operationName === 'set') context.setState(context.getInput());
      if (context.operationName === 'mutate') {
        context.getInput<typeof shared>().list.push(9);
        return shared;
      }
      return context.getState();
    });
    const caller = defineOrchestration('Caller', async (context) => {
      const mine = { list: [1] };
      const call = context.callEntity<typeof shared>(id('Keeper', 'k'), 'set', mine);
      mine.list.push(2);
      const first = await call;
      first.list.push(3);
      const second = await context.callEntity<typeof shared>(id('Keeper', 'k'), 'get');
      const returned = await context.callEntity<typeof shared>(id('Keeper', 'k'), 'mutate', mine);
      returned.list.push(7);
      return { mine, second, returned };
    });
    const world = new World([keeper, caller]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(caller));
    expect(await world.until(run.result())).to.deep.equal({
      mine: { list: [1, 2] },
      second: { list: [1] },
      returned: { list: [1, 7] },
    });
    expect(shared).to.deep.equal({ list: [1] });
  });

  it('an external operation is repeated after a crash with the same state and message', async () => {
    const seen: [number, unknown][] = [];
    const external = defineEntity('External', async (context) => {
      seen.push([context.getState(() => 0), context.getInput()]);
      await ioTurn();
      context.setState(context.getState(() => 0) + 1);
    });
    const world = new World([external, counter]);
    const first = await world.start();
    await world.until(first.client.callEntity(id('External', 'e'), 'go', 'a'));
    await world.until(first.client.signalEntity(id('External', 'e'), 'go', 'b'));
    first.crash();
    await world.start();
    await world.quiet();
    expect(seen.filter(([, input]) => input === 'b').map(([state]) => state)).to.deep.equal(
      seen.filter(([, input]) => input === 'b').map(() => 1),
    );
    expect(world.state('External', 'e')).to.equal(2);
  });
});
