import { expect } from 'chai';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  EntityId,
  InstanceAlreadyExistsError,
  Orchestration,
  OrchestrationFailedError,
  OrchestrationTerminatedError,
  type OrchestrationContext,
} from '../../src/index.js';
import { NonDeterministicOrchestrationError, SerializationError } from '../../src/errors/index.js';
import { acceptance, allSettings, serverSettings, twoSettings } from './variants.js';
import { eventually, fresh, refusal } from './world.js';

const add = defineActivity('Add', async (_context, [a, b]: [number, number]) => a + b);
const fail = defineActivity('Fail', async (_context, text: string) => {
  throw new RangeError(text);
});
const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  if (context.operationName === 'fail') throw new TypeError('no');
  const next = context.getState(() => 0) + (context.getInput<number | undefined>() ?? 0);
  context.setState(next);
  return next;
});
const id = (key: string) => new EntityId('Counter', key);

acceptance('orchestration-basics', [...allSettings, ...serverSettings()], (world) => {
  it('runs an async function with its input and gives its result', async () => {
    const sum = defineOrchestration('Sum', async (context, numbers: number[]) => {
      let total = 0;
      for (const n of numbers) total = await context.callActivity(add, [total, n]);
      return total;
    });
    const client = await world().start([add, sum]);
    expect(await (await client.startNew(sum, { input: [1, 2, 3, 4] })).result()).to.equal(10);
  });

  it('an orchestration may be synchronous, return nothing, or be given nothing', async () => {
    const sync = defineOrchestration('Sync', (_context, input: unknown) => input);
    const nothing = defineOrchestration('Nothing', async (context) => {
      await context.createTimer(0);
    });
    const client = await world().start([sync, nothing]);
    for (const input of [0, '', false, null, undefined, { a: undefined }]) {
      expect(await (await client.startNew(sync, { input })).result()).to.deep.equal(input);
    }
    expect(await (await client.startNew(nothing)).result()).to.equal(undefined);
  });

  it('class orchestrations run a new object each time', async () => {
    @Orchestration()
    class Saga {
      private steps = 0;
      async run(context: OrchestrationContext, n: number): Promise<number> {
        this.steps++;
        await context.callActivity(add, [1, n]);
        return this.steps;
      }
    }
    const client = await world().start([Saga, add]);
    expect(await (await client.startNew(Saga, { input: 1 })).result()).to.equal(1);
    expect(await (await client.startNew(Saga, { input: 2 })).result()).to.equal(1);
    expect(await (await client.startNew<number>('Saga', { input: 2 })).result()).to.equal(1);
  });

  it('names stand in for definitions, for activities and sub-orchestrations', async () => {
    const inner = defineOrchestration('Inner', async (context, n: number) =>
      context.callActivity<number>('Add', [n, 1]),
    );
    const outer = defineOrchestration('Outer', async (context) => context.callSubOrchestration<number>('Inner', 41));
    const client = await world().start([add, inner, outer]);
    expect(await (await client.startNew<number>('Outer')).result()).to.equal(42);
  });

  it('guid, random and currentTime are the same in replay, and differ between runs and calls', async () => {
    const draws: unknown[][] = [];
    const draw = defineOrchestration('Draw', async (context) => {
      const drawn: unknown[] = [context.newGuid(), context.random(), context.currentTime.getTime(), context.newGuid()];
      draws.push([context.instanceId, ...drawn]);
      await context.createTimer(1);
      drawn.push(context.newGuid(), context.random(), context.currentTime.getTime());
      await context.callActivity(add, [1, 1]);
      drawn.push(context.newGuid(), context.random(), context.currentTime.getTime());
      return drawn;
    });
    const client = await world().start([add, draw]);
    const [one, two] = await Promise.all([
      (await client.startNew(draw)).result(),
      (await client.startNew(draw)).result(),
    ]);
    const guids = [...one, ...two].filter((each): each is string => typeof each === 'string');
    expect(new Set(guids).size).to.equal(guids.length);
    for (const guid of guids)
      expect(guid).to.match(/^[\da-f]{8}-[\da-f]{4}-[1-8][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    for (const result of [one, two]) {
      const times = [result[2], result[6], result[9]] as number[];
      expect(times).to.deep.equal([...times].sort((a, b) => a - b));
      for (const random of [result[1], result[5], result[8]] as number[])
        expect(random).to.be.within(0, 0.999999999999);
    }
    const byRun = new Map<unknown, unknown[]>();
    for (const [run, ...drawn] of draws) {
      const before = byRun.get(run);
      if (before !== undefined) expect(drawn).to.deep.equal(before);
      byRun.set(run, drawn);
    }
    // Restate replays an execution that has waited for half a second only: see replay.server.spec.ts.
    const { storage, evict } = world().setting;
    if (evict && storage !== 'restate') expect(draws.length, 'it was replayed').to.be.greaterThan(2);
  });

  it('isReplaying and log: what was logged before is silent in replay', async () => {
    const logs = defineOrchestration('Logs', async (context) => {
      context.log.warn('step one', { n: 1 });
      await context.createTimer(1);
      context.log.warn('step two');
      await context.createTimer(1);
      return context.isReplaying;
    });
    const client = await world().start([logs]);
    expect(await (await client.startNew(logs)).result()).to.equal(false);
    const steps = world().lines.filter((line) => line.message.includes('step '));
    expect(steps.map((line) => [line.level, line.message])).to.deep.equal([
      ['warn', 'step one'],
      ['warn', 'step two'],
    ]);
  });

  it('Promise.all, race, any and allSettled give the same live and in replay', async () => {
    const mixed = defineOrchestration('Mixed', async (context) => {
      const entity = id('mixed');
      const all = await Promise.all([
        context.callActivity(add, [1, 2]),
        context.callEntity(entity, 'add', 1),
        context.createTimer(1),
      ]);
      const race = await Promise.race([
        context.createTimer('1 hour').then(() => 'hour'),
        context.callActivity(add, [2, 2]),
        context.waitForExternalEvent('never'),
      ]);
      const any = await Promise.any([
        context.callActivity(fail, 'x'),
        context.callEntity(entity, 'fail'),
        context.callActivity(add, [3, 3]),
      ]);
      const settled = await Promise.allSettled([
        context.callActivity(fail, 'y'),
        context.callActivity(add, [4, 4]),
        context.callEntity(entity, 'fail'),
      ]);
      const none = await Promise.any([context.callActivity(fail, 'a'), context.callActivity(fail, 'b')]).catch(
        (error: unknown) => (error as AggregateError).errors.map((each: Error) => (each.cause as Error).message),
      );
      await context.createTimer(0);
      return [
        all,
        race,
        any,
        settled.map((each) => (each.status === 'fulfilled' ? each.value : (each.reason as Error).name)),
        none,
      ];
    });
    const client = await world().start([add, fail, counter, mixed]);
    expect(await (await client.startNew(mixed)).result()).to.deep.equal([
      [3, 1, undefined],
      4,
      6,
      ['ActivityFailedError', 8, 'EntityOperationFailedError'],
      ['a', 'b'],
    ]);
  });

  it('try, catch and finally around awaits work and run once', async () => {
    const tries = defineOrchestration('Tries', async (context) => {
      const steps: string[] = [];
      try {
        try {
          await context.callActivity(fail, 'inner');
        } finally {
          steps.push('finally');
          context.signalEntity(id('finally'), 'add', 1);
          await context.callActivity(add, [1, 1]);
        }
      } catch (error) {
        steps.push(((error as Error).cause as Error).message);
      }
      return [...steps, await context.callEntity(id('finally'), 'get')];
    });
    const client = await world().start([add, fail, counter, tries]);
    expect(await (await client.startNew(tries)).result()).to.deep.equal(['finally', 'inner', 1]);
  });

  it('an error that an orchestration throws fails it, with the chain of causes', async () => {
    class Refused extends Error {
      override readonly name = 'Refused';
      constructor(cause: unknown) {
        super('refused', { cause });
      }
    }
    const throws = defineOrchestration('Throws', async (context) => {
      try {
        await context.callActivity(fail, 'deep');
      } catch (error) {
        throw new Refused(error);
      }
    });
    const parent = defineOrchestration('Parent', async (context) => context.callSubOrchestration(throws));
    const client = await world().start([fail, throws, parent]);
    const error = await refusal(
      (await client.startNew(parent)).result(),
      OrchestrationFailedError,
      'DE_ORCHESTRATION_FAILED',
    );
    for (const name of ['OrchestrationFailedError', 'Refused', 'ActivityFailedError', 'RangeError']) {
      expect(error.is(name), name).to.equal(true);
    }
    expect(error.cause).to.be.instanceOf(OrchestrationFailedError);
  });

  it('an un-awaited rejection inside an orchestrator reaches nobody, and the run completes', async () => {
    const careless = defineOrchestration('Careless', async (context) => {
      void context.callActivity(fail, 'ignored');
      void context.callEntity(id('k'), 'fail');
      void context.callEntity(new EntityId('Nobody', 'k'), 'x');
      void context.callSubOrchestration('Nobody');
      void context.lock();
      void context.waitForExternalEvent('never', { timeout: 1 });
      const late = context.callActivity(fail, 'late');
      await context.createTimer(5);
      return late.catch((error: unknown) => (error as Error).name);
    });
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', listen);
    try {
      const client = await world().start([fail, counter, careless]);
      expect(await (await client.startNew(careless)).result()).to.equal('ActivityFailedError');
      await new Promise((resolve) => setImmediate(resolve));
      expect(unhandled).to.deep.equal([]);
    } finally {
      process.off('unhandledRejection', listen);
    }
  });

  it('sub-orchestrations give results and failures, take an id, and retry', async () => {
    let attempts = 0;
    const inner = defineOrchestration('Inner', async (context, n: number) => {
      await context.callActivity(add, [1, 1]);
      if (n < 0) throw new RangeError('negative');
      return [context.instanceId, n];
    });
    const count = defineActivity('Count', async () => ++attempts);
    const flaky = defineOrchestration('Flaky', async (context) => {
      if ((await context.callActivity(count)) < 3) throw new Error('not yet');
      return 'third time';
    });
    const given = fresh('child');
    const outer = defineOrchestration('Outer', async (context) => {
      const named = await context.callSubOrchestration(inner, 1, { instanceId: given });
      const failed = await context
        .callSubOrchestration(inner, -1)
        .catch((error: unknown) => error as OrchestrationFailedError);
      const both = await Promise.all([context.callSubOrchestration(inner, 2), context.callSubOrchestration(inner, 3)]);
      const retried = await context.callSubOrchestration(flaky, undefined, {
        retry: { maxAttempts: 3, firstRetryInterval: 1 },
      });
      return [named, (failed as OrchestrationFailedError).code, both.map(([, n]) => n), retried];
    });
    const client = await world().start([add, count, inner, flaky, outer]);
    expect(await (await client.startNew(outer)).result()).to.deep.equal([
      [given, 1],
      'DE_ORCHESTRATION_FAILED',
      [2, 3],
      'third time',
    ]);
    expect((await client.run(inner, given).status())?.runtimeStatus).to.equal('completed');
  });

  it('a sub-orchestration under an id that is taken fails for its parent, without a hang', async () => {
    const inner = defineOrchestration('Inner', async (context) => context.waitForExternalEvent('never'));
    const taken = fresh('taken');
    const outer = defineOrchestration('Outer', async (context) =>
      context
        .callSubOrchestration(inner, undefined, { instanceId: taken })
        .catch((error: unknown) => (error as OrchestrationFailedError).is(InstanceAlreadyExistsError.name)),
    );
    const client = await world().start([inner, outer]);
    await client.startNew(inner, { instanceId: taken });
    expect(await (await client.startNew(outer)).result()).to.equal(true);
  });

  it('a terminated sub-orchestration is an error for its parent', async () => {
    const inner = defineOrchestration('Inner', async (context) => context.waitForExternalEvent('never'));
    const child = fresh('child');
    const outer = defineOrchestration('Outer', async (context) =>
      context
        .callSubOrchestration(inner, undefined, { instanceId: child })
        .catch((error: unknown) => [
          (error as Error).name,
          (error as OrchestrationFailedError).is(OrchestrationTerminatedError.name),
        ]),
    );
    const client = await world().start([inner, outer]);
    const run = await client.startNew(outer);
    await eventually(() => client.run(inner, child).status(), 'the child');
    await client.run(inner, child).terminate('stop');
    expect(await run.result()).to.include(true);
  });

  it('startNewOrchestration starts another run and does not wait for it', async () => {
    const other = defineOrchestration('Other', async (_context, n: number) => n * 2);
    const given = fresh('other');
    const starter = defineOrchestration('Starter', async (context) => [
      context.startNewOrchestration(other, { input: 1 }),
      context.startNewOrchestration('Other', { input: 2, instanceId: given }),
    ]);
    const client = await world().start([other, starter]);
    const [made, same] = await (await client.startNew(starter)).result();
    expect(same).to.equal(given);
    await eventually(() => client.run(other, made!).status(), 'the first');
    expect(await client.run(other, made!).result()).to.equal(2);
    await eventually(() => client.run(other, given).status(), 'the second');
    expect(await client.run(other, given).result()).to.equal(4);
  });

  it('continueAsNew begins again with the new input and the same id, and its result is the last one', async () => {
    const loop = defineOrchestration('Loop', async (context, n: number): Promise<unknown> => {
      const guid = context.newGuid();
      await context.callEntity(id('loop'), 'add', 1);
      if (n > 0) return context.continueAsNew(n - 1);
      return [context.instanceId, guid];
    });
    const client = await world().start([counter, loop]);
    const run = await client.startNew(loop, { input: 5 });
    const [instance, guid] = (await run.result()) as [string, string];
    expect(instance).to.equal(run.instanceId);
    expect(await client.callEntity(id('loop'), 'get')).to.equal(6);
    expect(guid).to.be.a('string');
    expect((await run.status())?.runtimeStatus).to.equal('completed');
  });

  it('continueAsNew ends the old execution: its timers, activities and code count no more', async () => {
    const loop = defineOrchestration('Loop', async (context, round: number): Promise<unknown> => {
      if (round === 2) {
        await context.createTimer(30);
        return context.callEntity(id('stale'), 'get');
      }
      void context.createTimer(10).then(() => context.signalEntity(id('stale'), 'add', 1));
      void context.callActivity(add, [1, 1]).then(() => context.signalEntity(id('stale'), 'add', 1));
      return context.continueAsNew(round + 1);
    });
    const client = await world().start([add, counter, loop]);
    expect(await (await client.startNew(loop, { input: 0 })).result()).to.equal(0);
  });

  it('setCustomStatus shows in status, is kept between turns, and refuses what cannot be carried', async () => {
    const shows = defineOrchestration('Shows', async (context) => {
      context.setCustomStatus({ step: 1, at: new Date(5) });
      await context.waitForExternalEvent('go');
      try {
        context.setCustomStatus(() => 1);
      } catch (error) {
        context.setCustomStatus((error as SerializationError).code);
      }
      await context.waitForExternalEvent('go');
      return 'done';
    });
    const client = await world().start([shows]);
    const run = await client.startNew(shows);
    expect((await run.status())?.customStatus).to.deep.equal({ step: 1, at: new Date(5) });
    await run.raiseEvent('go');
    expect((await run.status())?.customStatus).to.equal('DE_SERIALIZATION');
    await run.raiseEvent('go');
    await run.result();
    expect((await run.status())?.customStatus).to.equal('DE_SERIALIZATION');
  });

  it('a result that cannot be carried fails the run', async () => {
    const bad = defineOrchestration('Bad', async () => ({ f: () => 1 }));
    const client = await world().start([bad]);
    const error = await refusal(
      (await client.startNew(bad)).result(),
      OrchestrationFailedError,
      'DE_ORCHESTRATION_FAILED',
    );
    expect(error.cause).to.include({ name: 'SerializationError', path: 'result.f' });
  });

  it('results and inputs are values: neither side sees later changes', async () => {
    const mutate = defineActivity('Mutate', async (_context, list: number[]) => {
      list.push(99);
      return list;
    });
    const values = defineOrchestration('Values', async (context, input: number[]) => {
      const sent = [...input];
      const answer = context.callActivity(mutate, sent);
      sent.push(1_000);
      input.push(5);
      const got = await answer;
      return [input, sent, got];
    });
    const client = await world().start([mutate, values]);
    expect(await (await client.startNew(values, { input: [1] })).result()).to.deep.equal([
      [1, 5],
      [1, 1_000],
      [1, 99],
    ]);
  });
});

acceptance('determinism', twoSettings, (world) => {
  it('awaiting a setTimeout is a NonDeterministicOrchestrationError that says it belongs in an activity; others go on', async () => {
    const sleeps = defineOrchestration('Sleeps', async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return 'never';
    });
    const client = await world().start([add, sleeps, counter]);
    const run = await client.startNew(sleeps);
    const error = await refusal(
      run.result({ timeout: '2 minutes' }),
      OrchestrationFailedError,
      'DE_ORCHESTRATION_FAILED',
    );
    expect(error.is(NonDeterministicOrchestrationError.name)).to.equal(true);
    expect((error.cause as NonDeterministicOrchestrationError).code).to.equal('DE_NON_DETERMINISTIC');
    expect(`${(error.cause as Error).message} ${(error.cause as NonDeterministicOrchestrationError).hint}`).to.contain(
      'activit',
    );
    expect(await client.callEntity(id('k'), 'add', 1)).to.equal(1);
  });

  it('a promise that never settles is detected, when nothing durable is pending', async () => {
    const hangs = defineOrchestration('Hangs', async (context) => {
      await context.callActivity(add, [1, 1]);
      await new Promise(() => {});
    });
    const client = await world().start([add, hangs]);
    const error = await refusal(
      (await client.startNew(hangs)).result({ timeout: '2 minutes' }),
      OrchestrationFailedError,
      'DE_ORCHESTRATION_FAILED',
    );
    expect(error.is(NonDeterministicOrchestrationError.name)).to.equal(true);
  });

  it('a setTimeout beside a durable promise is detected when the code continues outside a turn', async () => {
    const races = defineOrchestration('Races', async (context) => {
      await Promise.race([context.createTimer('1 hour'), new Promise((resolve) => setTimeout(resolve, 5))]);
      context.signalEntity(id('stray'), 'add', 1);
      return 'never';
    });
    const client = await world().start([counter, races]);
    const error = await refusal(
      (await client.startNew(races)).result({ timeout: '2 minutes' }),
      OrchestrationFailedError,
      'DE_ORCHESTRATION_FAILED',
    );
    expect(error.is(NonDeterministicOrchestrationError.name)).to.equal(true);
    expect((await client.readEntityState(id('stray'))).entityExists).to.equal(false);
  });

  it('ending outside of a turn is detected', async () => {
    const ends = defineOrchestration('Ends', async (context) => {
      await Promise.race([context.createTimer('1 hour'), new Promise((resolve) => setTimeout(resolve, 5))]);
      return 'never';
    });
    const client = await world().start([ends]);
    const error = await refusal(
      (await client.startNew(ends)).result({ timeout: '2 minutes' }),
      OrchestrationFailedError,
      'DE_ORCHESTRATION_FAILED',
    );
    expect(error.is(NonDeterministicOrchestrationError.name)).to.equal(true);
  });

  it('a context kept and used after the run ended is refused', async () => {
    let kept: OrchestrationContext | undefined;
    const keeps = defineOrchestration('Keeps', async (context) => {
      kept = context;
    });
    const client = await world().start([counter, keeps]);
    await (await client.startNew(keeps)).result();
    await refusal(
      () => kept?.signalEntity(id('stray'), 'add', 1),
      NonDeterministicOrchestrationError,
      'DE_NON_DETERMINISTIC',
    );
    await refusal(kept!.callEntity(id('stray'), 'add', 1), NonDeterministicOrchestrationError, 'DE_NON_DETERMINISTIC');
    expect((await client.readEntityState(id('stray'))).entityExists).to.equal(false);
  });

  it('many microtasks between two durable awaits are fine', async () => {
    const busy = defineOrchestration('Busy', async (context) => {
      for (let i = 0; i < 1_000; i++) await Promise.resolve();
      const n = await context.callActivity(add, [1, 1]);
      for (let i = 0; i < 1_000; i++) await Promise.resolve();
      return n;
    });
    const client = await world().start([add, busy]);
    expect(await (await client.startNew(busy)).result()).to.equal(2);
  });
});
