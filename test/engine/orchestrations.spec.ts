import { expect } from 'chai';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { ioTurn } from '../../src/testing/virtual-clock.js';
import { counter, id, list } from './programs.js';
import { deferred, failure, World, type Process } from './world.js';

/** Runs a scenario live, and again with the process dying after each commit: the outcome is the same. */
async function liveAndReplayed(
  definitions: readonly unknown[],
  scenario: (world: World, first: Process, next: () => Promise<Process>) => Promise<unknown>,
): Promise<void> {
  const outcomes = [];
  for (const crashing of [false, true]) {
    const world = new World(definitions, { options: { evictAfterEachTurn: crashing } });
    let now = await world.start();
    const next = async () => {
      if (!crashing) return now;
      await world.quiet();
      now.crash();
      now = await world.start();
      return now;
    };
    outcomes.push(await scenario(world, now, next));
  }
  expect(outcomes[1]).to.deep.equal(outcomes[0]);
}

describe('orchestrations', () => {
  it('an orchestration gets one event per drain, so that races and the order of actions are the same live and in replay', async () => {
    const racer = defineOrchestration('Racer', async (context) => {
      const order: string[] = [];
      const one = context.waitForExternalEvent<string>('a').then(async (value) => {
        order.push(`${value}1`);
        await Promise.resolve();
        await Promise.resolve();
        await Promise.resolve();
        order.push(`${value}2`);
        context.signalEntity(id('List', 'l'), 'append', value);
        return value;
      });
      const two = context.waitForExternalEvent<string>('b').then((value) => {
        order.push(value);
        context.signalEntity(id('List', 'l'), 'append', value);
        return value;
      });
      const winner = await Promise.race([one, two]);
      await Promise.all([one, two]);
      await context.waitForExternalEvent('end');
      return { order, winner };
    });
    await liveAndReplayed([racer, list], async (world, first, next) => {
      const run = await world.until(first.client.startNew(racer, { instanceId: 'race' }));
      await world.until(Promise.all([run.raiseEvent('a', 'A'), run.raiseEvent('b', 'B')]));
      const later = (await next()).client.run(racer, 'race');
      await world.until(later.raiseEvent('end'));
      return [await world.until(later.result()), world.state('List', 'l')];
    });
  });

  it('an orchestration sees the same time, ids and random numbers in replay, and its time never goes back', async () => {
    const looker = defineOrchestration('Looker', async (context) => {
      const seen = [];
      for (let i = 0; i < 3; i++) {
        seen.push([context.currentTime.getTime(), context.newGuid(), context.random()]);
        await context.waitForExternalEvent('next');
      }
      return seen;
    });
    const world = new World([looker]);
    let now = await world.start();
    await world.until(now.client.startNew(looker, { instanceId: 'look' }));
    const logs = [];
    for (let i = 0; i < 3; i++) {
      await world.pass(1_000);
      now.crash();
      now = await world.start();
      await world.until(now.client.run(looker, 'look').raiseEvent('next'));
    }
    logs.push(await world.until(now.client.run<void, [number, string, number][]>(looker as never, 'look').result()));
    const times = logs[0]?.map(([time]) => time) ?? [];
    expect(times).to.deep.equal(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).to.equal(3);
  });

  it('a timer fires once, not before it is due, also after a crash', async () => {
    const waiter = defineOrchestration('Waiter', async (context) => {
      const started = context.currentTime.getTime();
      await context.createTimer(5_000);
      context.signalEntity(id('List', 'l'), 'append', 'fired');
      return context.currentTime.getTime() - started;
    });
    const world = new World([waiter, list]);
    const first = await world.start();
    await world.until(first.client.startNew(waiter, { instanceId: 'w' }));
    await world.pass(4_990);
    first.crash();
    const second = await world.start();
    await world.quiet();
    expect(world.state('List', 'l')).to.equal(undefined);
    expect(await world.until(second.client.run(waiter, 'w').result(), 1_000)).to.be.within(5_000, 5_010);
    await world.pass(10_000);
    expect(world.state('List', 'l')).to.deep.equal(['fired']);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('timers and answers of an ended execution are dropped, and their rows are deleted with it', async () => {
    const gate = deferred();
    let aborted: unknown;
    const activity = defineActivity('Act', async (context) => {
      context.signal.addEventListener('abort', () => {
        aborted = true;
      });
      await gate.promise;
      return 1;
    });
    const again = defineOrchestration('Again', async (context, round: number) => {
      if (round === 1) return context.waitForExternalEvent('end');
      void context.createTimer(60_000);
      void context.callActivity(activity);
      await context.waitForExternalEvent('next');
      return context.continueAsNew(1);
    });
    const world = new World([again, activity]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(again, { input: 0 }));
    await world.quiet();
    expect(world.database.inbox.size).to.equal(2);
    await world.until(run.raiseEvent('next'));
    await world.quiet();
    expect(world.database.inbox.size, 'rows of the first execution').to.equal(0);
    expect(aborted).to.equal(true);
    gate.resolve();
    await world.pass(120_000);
    await world.until(run.raiseEvent('end', 'x'));
    expect(await world.until(run.result())).to.equal('x');
  });

  for (const end of ['complete', 'fail', 'terminate'] as const) {
    it(`an orchestration leaves no row of a timer, an activity or a message, and no lock, when it ends by: ${end}`, async () => {
      const activity = defineActivity('Act', () => new Promise(() => {}));
      const busy = defineOrchestration('Busy', async (context) => {
        void context.createTimer(60_000);
        void context.callActivity(activity);
        await context.lock(id('Counter', 'a'), id('Counter', 'b'));
        const how = await context.waitForExternalEvent('end');
        if (how === 'fail') throw new Error('failed');
      });
      const world = new World([busy, activity, counter]);
      const { client } = await world.start();
      const run = await world.until(client.startNew(busy, { instanceId: 'busy' }));
      const result = run.result().then(
        () => 'completed',
        (error: Error) => error.name,
      );
      await world.quiet();
      expect(world.row(id('Counter', 'a'))?.meta, 'locked').to.be.a('string');
      if (end === 'terminate') await world.until(run.terminate('enough'));
      else await world.until(run.raiseEvent('end', end));
      expect(await world.until(result)).to.equal(
        { complete: 'completed', fail: 'OrchestrationFailedError', terminate: 'OrchestrationTerminatedError' }[end],
      );
      expect(await world.until(client.callEntity(id('Counter', 'a'), 'add'), 1_000)).to.equal(1);
      expect(await world.until(client.callEntity(id('Counter', 'b'), 'add'), 1_000)).to.equal(1);
      await world.quiet();
      expect(world.database.inbox.size).to.equal(0);
      expect(world.row(id('Counter', 'a'))?.meta).to.equal(null);
    });
  }

  it('an orchestration whose code no longer matches its history releases its locks', async () => {
    const make = (changed: boolean) =>
      defineOrchestration('Changing', async (context) => {
        await context.callEntity(id('Counter', 'x'), changed ? 'get' : 'add');
        await context.lock(id('Counter', 'a'), id('Counter', 'b'));
        await context.waitForExternalEvent('end');
      });
    const world = new World([make(false), counter]);
    const first = await world.start();
    await world.until(first.client.startNew('Changing', { instanceId: 'c' }));
    await world.quiet();
    expect(world.row(id('Counter', 'b'))?.meta).to.be.a('string');
    first.crash();
    world.definitions = [make(true), counter];
    const { client } = await world.start();
    const run = client.run('Changing', 'c');
    const failed = failure(run.result());
    // A message loads the orchestration again.
    run.raiseEvent('end').catch(() => {});
    expect((await world.until(failed)).message).to.contain('not deterministic');
    expect(await world.until(client.callEntity(id('Counter', 'a'), 'add'), 1_000)).to.equal(1);
    expect(await world.until(client.callEntity(id('Counter', 'b'), 'add'), 1_000)).to.equal(1);
  });

  it('an orchestration whose code no longer matches its history loses its timers and activities', async () => {
    const activity = defineActivity('Act', () => new Promise(() => {}));
    const make = (changed: boolean) =>
      defineOrchestration('Changing', async (context) => {
        await context.callEntity(id('Counter', 'x'), changed ? 'get' : 'add');
        void context.createTimer(3_600_000);
        void context.callActivity(activity);
        await context.waitForExternalEvent('end');
      });
    const world = new World([make(false), counter, activity]);
    const first = await world.start();
    await world.until(first.client.startNew('Changing', { instanceId: 'c' }));
    await world.quiet();
    expect(world.database.inbox.size).to.equal(2);
    first.crash();
    world.definitions = [make(true), counter, activity];
    const { client } = await world.start();
    client
      .run('Changing', 'c')
      .raiseEvent('end')
      .catch(() => {});
    await world.until(failure(client.run('Changing', 'c').result()));
    await world.quiet();
    expect(world.database.inbox.size).to.equal(0);
  });

  it('a terminated orchestration whose code is not registered any more releases its locks', async () => {
    const holder = defineOrchestration('Holder', async (context) => {
      await context.lock(id('Counter', 'a'));
      await context.createTimer(3_600_000);
    });
    const world = new World([holder, counter]);
    const first = await world.start();
    await world.until(first.client.startNew('Holder', { instanceId: 'h' }));
    await world.quiet();
    first.crash();
    world.definitions = [counter];
    const { client } = await world.start();
    await world.until(client.run('Holder', 'h').terminate());
    expect(await world.until(client.callEntity(id('Counter', 'a'), 'add'), 1_000)).to.equal(1);
    await world.quiet();
    expect(world.database.inbox.size).to.equal(0);
  });

  it('an un-awaited call in a critical section runs before the release, and none runs after it', async () => {
    const hasty = defineOrchestration('Hasty', async (context) => {
      const section = await context.lock(id('Counter', 'a'));
      void context.callEntity(id('Counter', 'a'), 'add', 5);
      section.release();
      return context.callEntity(id('Counter', 'a'), 'get');
    });
    const world = new World([hasty, counter]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(hasty));
    expect(await world.until(run.result())).to.equal(5);
    expect(world.row(id('Counter', 'a'))?.meta).to.equal(null);
  });

  it('an orchestration that ends while its lock request waits leaves no lock, and the next request is granted', async () => {
    const holder = defineOrchestration('Holder', async (context) => {
      const section = await context.lock(id('Counter', 'b'));
      await context.waitForExternalEvent('end');
      section.release();
    });
    const asker = defineOrchestration('Asker', async (context) => {
      await context.lock(id('Counter', 'a'), id('Counter', 'b'), id('Counter', 'c'));
    });
    const world = new World([holder, asker, counter]);
    const { client } = await world.start();
    const held = await world.until(client.startNew(holder));
    await world.quiet();
    const asking = await world.until(client.startNew(asker));
    const third = await world.until(client.startNew(asker));
    await world.quiet();
    await world.until(asking.terminate());
    expect(await world.until(client.callEntity(id('Counter', 'c'), 'add'), 1_000), 'not asked for').to.equal(1);
    await world.until(held.raiseEvent('end'));
    await world.until(third.result());
    await world.until(Promise.all(['a', 'b', 'c'].map((key) => client.callEntity(id('Counter', key), 'get'))));
    for (const key of ['a', 'b', 'c']) expect(world.row(id('Counter', key))?.meta ?? null).to.equal(null);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('a locked entity can be read, and an absent one stays absent', async () => {
    const holder = defineOrchestration('Holder', async (context) => {
      await context.lock(id('Counter', 'n'));
      await context.waitForExternalEvent('end');
    });
    const world = new World([holder, counter]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(holder));
    await world.quiet();
    expect(await world.until(client.readEntityState(id('Counter', 'n')))).to.deep.equal({
      entityExists: false,
      entityState: undefined,
    });
    await world.until(run.raiseEvent('end'));
    await world.until(run.result());
    await world.quiet();
    expect(world.row(id('Counter', 'n'))).to.equal(undefined);
  });

  it('waiting events survive continue-as-new, in their order', async () => {
    const collector = defineOrchestration('Collector', async (context, seen: string[]) => {
      if (seen.length === 6) return seen;
      await context.waitForExternalEvent('start');
      seen.push(await context.waitForExternalEvent<string>('value'));
      return context.continueAsNew(seen);
    });
    await liveAndReplayed([collector], async (world, first, next) => {
      let run = await world.until(first.client.startNew(collector, { instanceId: 'c', input: [] }));
      const values = ['1', '2', '3', '4', '5', '6'];
      await world.until(Promise.all(values.map((value) => run.raiseEvent('value', value))));
      for (let i = 0; i < 6; i++) {
        run = (await next()).client.run(collector, 'c');
        await world.until(run.raiseEvent('start'));
      }
      return world.until(run.result());
    });
  });

  it('waiting events keep their order also after a crash right behind continue-as-new', async () => {
    // The run is fed A, which nobody awaits; B and C wait in the queue when it continues.
    const collector = defineOrchestration('Collector', async (context, round: number) => {
      if (round === 0) {
        await context.waitForExternalEvent('go');
        return context.continueAsNew(1);
      }
      const seen = [];
      for (let i = 0; i < 3; i++) seen.push(await context.waitForExternalEvent<string>('value'));
      return seen;
    });
    const world = new World([collector]);
    const first = await world.start();
    const run = await world.until(first.client.startNew(collector, { instanceId: 'c', input: 0 }));
    await world.until(run.raiseEvent('value', 'A'));
    // Every look at the clock takes longer than a batch may be computed on: each round is a batch of its own.
    world.time.stepMs = 25;
    const raised = Promise.allSettled([
      run.raiseEvent('go'),
      run.raiseEvent('value', 'B'),
      run.raiseEvent('value', 'C'),
    ]);
    first.store.plan = (access) =>
      access === 'commit' && (world.row('c')?.state ?? '').includes('"input":"1"') ? 'crash-before' : undefined;
    await Promise.race([raised, first.died]);
    first.crash();
    world.time.stepMs = 0;
    expect(
      [...world.database.inbox.values()].filter(({ body }) => body.includes('"event"')).length,
      'events that wait',
    ).to.equal(3);
    const second = await world.start();
    expect(await world.until(second.client.run(collector, 'c').result())).to.deep.equal(['A', 'B', 'C']);
  });

  it('an orchestration continues as new several times within one batch while stored events wait', async () => {
    const collector = defineOrchestration('Collector', async (context, seen: string[]) => {
      seen.push(await context.waitForExternalEvent<string>('value'));
      return seen.length === 20 ? seen : context.continueAsNew(seen);
    });
    const world = new World([collector]);
    const first = await world.start();
    const run = await world.until(first.client.startNew(collector, { instanceId: 'c', input: [] }));
    await world.quiet();
    first.crash();
    // Without its code the events wait as rows.
    world.definitions = [];
    const second = await world.start();
    const values = Array.from({ length: 20 }, (_, n) => String(n));
    for (const value of values) {
      second.client
        .run('Collector', run.instanceId)
        .raiseEvent('value', value)
        .catch(() => {});
      await world.quiet();
    }
    expect(world.database.inbox.size).to.equal(20);
    second.crash();
    world.definitions = [collector];
    const third = await world.start();
    // A batch is full after a few rounds.
    world.time.stepMs = 2;
    expect(await world.until(third.client.run(collector, 'c').result())).to.deep.equal(values);
    await world.quiet();
    expect(
      third.store.batches.every(({ applied }) => applied),
      'every batch was accepted',
    ).to.equal(true);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('an orchestration can be terminated between two executions', async () => {
    const restless = defineOrchestration('Restless', async (context) => {
      void context.createTimer('1 hour');
      return context.continueAsNew();
    });
    const world = new World([restless, counter]);
    world.time.stepMs = 0.05;
    const { client, store } = await world.start();
    const run = await world.until(client.startNew(restless));
    await world.until(run.terminate());
    world.time.stepMs = 0;
    await world.quiet();
    expect(world.row(run.instanceId)?.status).to.equal('terminated');
    expect(world.database.inbox.size).to.equal(0);
    expect(
      store.batches.every(({ applied }) => applied),
      'every batch was accepted',
    ).to.equal(true);
  });

  it('a repeated start is known by the first input, also after continue-as-new with another input', async () => {
    const rounds = defineOrchestration('Rounds', async (context, round: number) => {
      if (round < 2) return context.continueAsNew(round + 1);
      return context.waitForExternalEvent('end');
    });
    const world = new World([rounds]);
    const { client } = await world.start();
    const start = (input: number) => world.until(client.startNew(rounds, { instanceId: 'r', input }));
    await start(0);
    await world.quiet();
    const repeated = await start(0);
    expect((await failure(start(2))).name, 'the input of now is not what it was started with').to.equal(
      'InstanceAlreadyExistsError',
    );
    await world.until(repeated.raiseEvent('end', 'x'));
    expect(await world.until(repeated.result())).to.equal('x');
    await world.until(repeated.restart());
    await start(0);
  });

  it('other instances work while an orchestration continues as new for ever', async () => {
    let rounds = 0;
    const restless = defineOrchestration('Restless', async (context) => {
      // The test gives up by itself.
      if (++rounds > 20_000) return context.waitForExternalEvent('never');
      return context.continueAsNew();
    });
    const world = new World([restless, counter]);
    world.time.stepMs = 0.05;
    const { client } = await world.start();
    void client.startNew(restless).catch(() => {});
    await ioTurn();
    const neighbour = { answeredAtRound: 0 };
    client.callEntity(id('Counter', 'a'), 'add').then(
      () => (neighbour.answeredAtRound = rounds),
      () => {},
    );
    for (let i = 0; i < 2_000 && neighbour.answeredAtRound === 0; i++) await ioTurn();
    expect(neighbour.answeredAtRound, 'rounds until a neighbour was answered').to.be.within(1, 15_000);
  });

  it('a purged id that is used again in the same batch keeps nothing of the old execution', async () => {
    const short = defineOrchestration('Short', async (context, n: number) => {
      if (n === 0) await context.waitForExternalEvent('never');
      const value = await context.callEntity(id('Counter', 'a'), 'add', n);
      await context.waitForExternalEvent('end');
      return value;
    });
    const world = new World([short, counter]);
    const first = await world.start();
    const run = await world.until(first.client.startNew(short, { instanceId: 's', input: 0 }));
    // A commit is under way. All later messages join the next batch.
    const gate = deferred();
    first.store.holdBefore.set('commit', gate.promise);
    const all: Promise<unknown>[] = [first.client.signalEntity(id('Counter', 'b'), 'add')];
    await world.quiet();
    all.push(run.raiseEvent('end'));
    await world.quiet();
    all.push(run.terminate(), run.purge());
    await world.quiet();
    const started = first.client.startNew(short, { instanceId: 's', input: 7 });
    await world.quiet();
    gate.resolve();
    await world.until(Promise.all([...all, started]));
    await world.quiet();
    first.crash();
    const second = await world.start();
    const again = second.client.run(short, 's');
    await world.until(again.raiseEvent('end'));
    expect(await world.until(again.result())).to.equal(7);
  });

  it('a start is applied before a termination that the same client sent after it', async () => {
    const waiter = defineOrchestration('Waiter', async (context) => {
      await context.waitForExternalEvent('never');
    });
    const world = new World([waiter]);
    const { client } = await world.start();
    const started = client.startNew(waiter, { instanceId: 'w' });
    const terminated = client.run(waiter, 'w').terminate();
    await world.until(Promise.all([started, terminated]));
    expect(world.row('w')?.status).to.equal('terminated');
  });

  it('a running orchestration cannot be purged, and a purged id can be used again', async () => {
    const waiter = defineOrchestration('Waiter', async (context, n: number) => {
      await context.waitForExternalEvent('end');
      return n;
    });
    const world = new World([waiter]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(waiter, { instanceId: 'w', input: 1 }));
    expect((await world.until(failure(run.purge()))).name).to.equal('InvalidOperationError');
    expect((await world.until(failure(client.startNew(waiter, { instanceId: 'w', input: 2 })))).name).to.equal(
      'InstanceAlreadyExistsError',
    );
    await world.until(run.terminate());
    await world.until(run.purge());
    expect(world.database.instances.size).to.equal(0);
    expect(world.database.history.size).to.equal(0);
    const again = await world.until(client.startNew(waiter, { instanceId: 'w', input: 2 }));
    await world.until(again.raiseEvent('end'));
    expect(await world.until(again.result())).to.equal(2);
  });

  it('an orchestration that awaits something that is not durable fails, and no other fails', async () => {
    const bad = defineOrchestration('Bad', async (context) => {
      await ioTurn();
      await context.callEntity(id('Counter', 'a'), 'add');
    });
    const world = new World([bad, counter]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(bad));
    const error = await world.until(failure(run.result()));
    expect(error.message).to.contain('not deterministic');
    expect(await world.until(client.callEntity(id('Counter', 'a'), 'get'))).to.equal(0);
  });

  it('an orchestration that awaits something that is not durable names the last step that it asked for', async () => {
    const hangs = defineOrchestration('Hangs', async (context) => {
      await context.callEntity(id('Counter', 'a'), 'add');
      await new Promise(() => {});
    });
    const uses = defineOrchestration('Uses', async (context) => {
      await context.callEntity(id('Counter', 'b'), 'add');
      await ioTurn();
      await context.callEntity(id('Counter', 'b'), 'get');
    });
    const world = new World([hangs, uses, counter]);
    const { client } = await world.start();
    for (const [orchestration, key] of [
      [hangs, 'a'],
      [uses, 'b'],
    ] as const) {
      const run = await world.until(client.startNew(orchestration));
      const { cause } = await world.until(failure(run.result()));
      expect(cause).to.include({ code: 'DE_NON_DETERMINISTIC', lastStep: `#0 call add of @counter@${key}` });
      expect((cause as Error).message).to.contain(
        `The last step that it asked for is "#0 call add of @counter@${key}".`,
      );
    }
  });

  it('a rejected call that is never awaited does not end the process', async () => {
    const careless = defineOrchestration('Careless', async (context) => {
      const a = context.callEntity(id('Counter', 'a'), 'get');
      const b = context.callEntity(id('Counter', 'b'), 'fail');
      void context.callEntity(id('Counter', 'c'), 'fail');
      await a;
      await b;
    });
    const world = new World([careless, counter]);
    const { client } = await world.start();
    const run = await world.until(client.startNew(careless));
    expect((await world.until(failure(run.result()))).name).to.equal('OrchestrationFailedError');
  });

  it('a scheduled signal is delivered once when it is due, and at once if that is in the past', async () => {
    const world = new World([list]);
    const first = await world.start();
    const nowMs = world.time.wallMs();
    const append = (value: string, dueMs: number) =>
      world.until(first.client.signalEntity(id('List', 'l'), 'append', value, { scheduledTime: nowMs + dueMs }));
    await append('later', 2_000);
    await append('soon', 1_000);
    await append('past', -1_000);
    await world.quiet();
    expect(world.state('List', 'l')).to.deep.equal(['past']);
    await world.pass(999);
    expect(world.state('List', 'l')).to.deep.equal(['past']);
    await world.pass(2);
    expect(world.state('List', 'l')).to.deep.equal(['past', 'soon']);
    first.crash();
    await world.start();
    await world.pass(5_000);
    expect(world.state('List', 'l')).to.deep.equal(['past', 'soon', 'later']);
    expect(world.database.inbox.size).to.equal(0);
  });

  it('timers that are set and cancelled within one batch leave no trace', async () => {
    const setter = defineOrchestration('Setter', async (context) => {
      for (let i = 0; i < 100; i++) context.createTimer('1 hour').cancel();
    });
    const world = new World([setter, defineEntity('Counter', () => {})]);
    const { client, engine } = await world.start();
    const run = await world.until(client.startNew(setter));
    await world.until(run.result());
    await world.quiet();
    const { term } = (engine as unknown as { worker: { term: { rows: { consumed: Set<number> } } } }).worker;
    expect(term.rows.consumed.size).to.equal(0);
  });

  it('replay of an unknown name is the same after the name was registered', async () => {
    const hopeful = defineOrchestration('Hopeful', async (context) => {
      try {
        context.signalEntity(id('Counter', 'a'), 'add');
      } catch {
        context.setCustomStatus('refused');
      }
      return context.waitForExternalEvent('end');
    });
    const world = new World([hopeful]);
    const first = await world.start();
    await world.until(first.client.startNew(hopeful, { instanceId: 'h' }));
    await world.quiet();
    first.crash();
    world.definitions = [hopeful, counter];
    const { client } = await world.start();
    const run = client.run(hopeful, 'h');
    await world.until(run.raiseEvent('end', 'x'));
    expect(await world.until(run.result())).to.equal('x');
  });

  it('ids that failed operations invented leave no trace', async () => {
    const starter = defineEntity('Starter', { effects: 'none' }, (context) => {
      context.startNewOrchestration('Idle');
      throw new Error('rolled back');
    });
    const idle = defineOrchestration('Idle', async () => {});
    const world = new World([starter, idle]);
    const { client, engine } = await world.start();
    for (let i = 0; i < 50; i++) {
      await world.until(client.callEntity(id('Starter', 's'), 'go')).catch(() => {});
    }
    const { term } = (engine as unknown as { worker: { term: { ids: { invented: Set<string> } } } }).worker;
    expect(term.ids.invented.size).to.be.at.most(1);
  });
});
