import { expect } from 'chai';
import {
  Activity,
  ActivityFailedError,
  defineActivity,
  defineOrchestration,
  OrchestrationFailedError,
  type ActivityContext,
  type RetryPolicy,
} from '../../src/index.js';
import { InvalidArgumentError, NonError, SerializationError, UnknownActivityError } from '../../src/errors/index.js';
import { acceptance, twoSettings } from './variants.js';
import { eventually, expectError, fresh, Gate, refusal } from './world.js';

acceptance('activities-and-retry', twoSettings, (world) => {
  it('S87 an activity gets its input, its context, and its result comes back', async () => {
    const shows = defineActivity('Shows', async (context, input: { n: number }) => [
      context.instanceId,
      context.activityName,
      context.signal.aborted,
      input.n,
    ]);
    const runs = defineOrchestration('Runs', async (context) => context.callActivity(shows, { n: 5 }));
    const client = await world().start([shows, runs]);
    const run = await client.startNew(runs);
    expect(await run.result()).to.deep.equal([run.instanceId, 'Shows', false, 5]);
  });

  it('falsy and rich inputs and results cross as they are; sync activities work', async () => {
    const echo = defineActivity('Echo', (_context, input: unknown) => input);
    const values = [
      0,
      '',
      false,
      null,
      undefined,
      1n,
      new Date(5),
      new Map([['a', new Set([1])]]),
      Number.NaN,
      [undefined],
    ];
    const runs = defineOrchestration('Runs', async (context) => {
      const back: unknown[] = [];
      for (const value of values) back.push(await context.callActivity(echo, value));
      return back;
    });
    const client = await world().start([echo, runs]);
    expect(await (await client.startNew(runs)).result()).to.deep.equal(values);
  });

  it('class activities are built by the container for each run', async () => {
    let built = 0;
    @Activity()
    class Count {
      private calls = 0;
      constructor() {
        built++;
      }
      async run(_context: ActivityContext, n: number): Promise<number> {
        return ++this.calls * n;
      }
    }
    const runs = defineOrchestration('Runs', async (context) => [
      await context.callActivity(Count, 2),
      await context.callActivity(Count, 3),
      await context.callActivity<number>('Count', 4),
    ]);
    const client = await world().start([Count, runs]);
    expect(await (await client.startNew(runs)).result()).to.deep.equal([2, 3, 4]);
    expect(built).to.equal(3);
  });

  it('a failing activity is an ActivityFailedError with the rebuilt cause, catchable', async () => {
    const bad = defineActivity('Bad', async () => {
      throw Object.assign(new RangeError('too far', { cause: new TypeError('deep') }), { by: 3n });
    });
    const runs = defineOrchestration('Runs', async (context) => {
      try {
        await context.callActivity(bad);
        return [];
      } catch (error) {
        const failed = error as ActivityFailedError & { cause: Error & { by: bigint; cause: Error } };
        return [
          failed instanceof ActivityFailedError,
          failed.code,
          failed.activityName,
          failed.attemptCount,
          failed.cause.name,
          failed.cause.by,
          failed.is('TypeError'),
        ];
      }
    });
    const client = await world().start([bad, runs]);
    expect(await (await client.startNew(runs)).result()).to.deep.equal([
      true,
      'DE_ACTIVITY_FAILED',
      'Bad',
      1,
      'RangeError',
      3n,
      true,
    ]);
  });

  it('an uncaught failure fails the run; a thrown non-error arrives as NonError', async () => {
    const bad = defineActivity('Bad', async (_context, thrown: unknown) => {
      // eslint-disable-next-line typescript/only-throw-error -- what the test is about
      throw thrown;
    });
    const runs = defineOrchestration('Runs', async (context, thrown: unknown) => context.callActivity(bad, thrown));
    const client = await world().start([bad, runs]);
    for (const thrown of ['text', 7, null, undefined]) {
      const error = await refusal(
        (await client.startNew(runs, { input: thrown })).result(),
        OrchestrationFailedError,
        'DE_ORCHESTRATION_FAILED',
      );
      expect(error.is('ActivityFailedError')).to.equal(true);
      const cause = (error.cause as ActivityFailedError).cause;
      expectError(cause, NonError, 'DE_NON_ERROR');
      expect((cause as NonError).thrown).to.equal(thrown);
    }
  });

  it('an activity whose result cannot be carried fails with a SerializationError', async () => {
    const bad = defineActivity('Bad', async (): Promise<unknown> => ({ f: () => 1 }));
    const runs = defineOrchestration('Runs', async (context) => context.callActivity(bad));
    const client = await world().start([bad, runs]);
    const error = await refusal(
      (await client.startNew(runs)).result(),
      OrchestrationFailedError,
      'DE_ORCHESTRATION_FAILED',
    );
    expect(error.is(SerializationError.name)).to.equal(true);
  });

  it('unknown names, inputs that cannot be sent, and invalid policies give typed rejections; the run continues', async () => {
    const good = defineActivity('Good', async () => 'good');
    const runs = defineOrchestration('Runs', async (context) => {
      const code = (error: unknown) => (error as UnknownActivityError).code;
      const policies: unknown[] = [
        { maxAttempts: 0 },
        { maxAttempts: 1.5 },
        { maxAttempts: 2, backoffCoefficient: 0.5 },
        { maxAttempts: 2, firstRetryInterval: 'soon' },
        { maxAttempts: 2, firstRetryInterval: -1 },
        {},
      ];
      const seen = [
        await context.callActivity('Nobody').catch(code),
        await context
          .callActivity('Nobody', 1, { retry: { maxAttempts: 3, firstRetryInterval: '1 hour' } })
          .catch(code),
        await context.callActivity('Good', () => 1).catch(code),
        await context.callActivity(undefined as never).catch(code),
      ];
      for (const retry of policies) {
        seen.push(await context.callActivity('Good', 1, { retry: retry as RetryPolicy }).catch(code));
      }
      return [...seen, await context.callActivity(good)];
    });
    const client = await world().start([good, runs]);
    expect(await (await client.startNew(runs)).result()).to.deep.equal([
      'DE_UNKNOWN_ACTIVITY',
      'DE_UNKNOWN_ACTIVITY',
      'DE_SERIALIZATION',
      'DE_INVALID_ARGUMENT',
      ...Array.from({ length: 6 }, () => 'DE_INVALID_ARGUMENT'),
      'good',
    ]);
  });

  it('retry: attempts are made until one succeeds', async () => {
    let attempts = 0;
    const flaky = defineActivity('Flaky', async () => {
      if (++attempts < 4) throw new Error(`attempt ${attempts}`);
      return attempts;
    });
    const runs = defineOrchestration('Runs', async (context) =>
      context.callActivity(flaky, undefined, {
        retry: { maxAttempts: 5, firstRetryInterval: 1, backoffCoefficient: 2 },
      }),
    );
    const client = await world().start([flaky, runs]);
    expect(await (await client.startNew(runs)).result()).to.equal(4);
    expect(attempts).to.equal(4);
  });

  it('retry: after the last attempt the error tells how many there were', async () => {
    let attempts = 0;
    const bad = defineActivity('Bad', async () => {
      throw new Error(`attempt ${++attempts}`);
    });
    const runs = defineOrchestration('Runs', async (context) =>
      context
        .callActivity(bad, undefined, { retry: { maxAttempts: 3, firstRetryInterval: 1 } })
        .catch((error: unknown) => [
          (error as ActivityFailedError).attemptCount,
          ((error as Error).cause as Error).message,
        ]),
    );
    const client = await world().start([bad, runs]);
    expect(await (await client.startNew(runs)).result()).to.deep.equal([3, 'attempt 3']);
    expect(attempts).to.equal(3);
  });

  it('retry: shouldRetry, retryTimeout and maxRetryInterval are kept; not before the interval', async () => {
    const times: number[] = [];
    const bad = defineActivity('Bad', async (_context, name: string) => {
      times.push(world().now);
      throw Object.assign(new Error('no'), { name });
    });
    const runs = defineOrchestration('Runs', async (context, retry: Omit<RetryPolicy, 'shouldRetry'>) =>
      context
        .callActivity(bad, 'Fatal', {
          retry: { ...retry, shouldRetry: (error) => !(error as ActivityFailedError).is('Fatal') },
        })
        .catch((error: unknown) => (error as ActivityFailedError).attemptCount),
    );
    const waits = defineOrchestration('Waits', async (context, retry: RetryPolicy) =>
      context.callActivity(bad, 'x', { retry }).catch((error: unknown) => (error as ActivityFailedError).attemptCount),
    );
    const client = await world().startMoved([bad, runs, waits]);
    expect(await (await client.startNew(runs, { input: { maxAttempts: 5, firstRetryInterval: 1 } })).result()).to.equal(
      1,
    );
    const policy = { maxAttempts: 100, firstRetryInterval: '1 hour', retryTimeout: '5s' } as const;
    expect(await (await client.startNew(waits, { input: policy })).result()).to.equal(1);
    times.length = 0;
    const growing = {
      maxAttempts: 3,
      firstRetryInterval: '10 minutes',
      backoffCoefficient: 1_000,
      maxRetryInterval: '20 minutes',
    } as const;
    const run = await client.startNew(waits, { input: growing });
    expect(await world().passUntil(run.result(), '1 minute')).to.equal(3);
    expect(times[1]! - times[0]!).to.be.at.least(600_000);
    expect(times[2]! - times[1]!).to.be.at.least(1_200_000);
  });

  it('activities of one run go in parallel, at most maxConcurrentActivities at a time', async () => {
    let running = 0;
    let most = 0;
    const three = new Gate();
    const slow = defineActivity('Slow', async (_context, n: number) => {
      most = Math.max(most, ++running);
      await (running === 3 ? three.pass() : three.opened);
      running--;
      return n;
    });
    const runs = defineOrchestration('Runs', async (context) =>
      Promise.all(Array.from({ length: 20 }, (_, n) => context.callActivity(slow, n))),
    );
    const other = defineOrchestration('Other', async () => 'passes meanwhile');
    const client = await world().start([slow, runs, other], { maxConcurrentActivities: 3 });
    const run = await client.startNew(runs);
    await three.entered;
    await (await client.startNew(other)).result();
    three.open();
    expect(await run.result()).to.deep.equal(Array.from({ length: 20 }, (_, n) => n));
    expect(most).to.equal(3);
  });

  it('a recorded activity is not run again when the orchestration is replayed', async () => {
    const counts = new Map<string, number>();
    const once = defineActivity('Once', async (_context, name: string) => {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return name;
    });
    const runs = defineOrchestration('Runs', async (context) => {
      const names: string[] = [];
      for (let i = 0; i < 5; i++) names.push(await context.callActivity(once, `step ${i}`));
      return names;
    });
    const client = await world().start([once, runs]);
    expect(await (await client.startNew(runs)).result()).to.have.lengthOf(5);
    expect([...counts.values()]).to.deep.equal([1, 1, 1, 1, 1]);
  });

  it('the signal of an activity is aborted when its run has ended', async () => {
    const gate = new Gate();
    let aborted: (() => void) | undefined;
    const wasAborted = new Promise<void>((resolve) => (aborted = resolve));
    const long = defineActivity('Long', async (context) => {
      context.signal.addEventListener('abort', () => aborted?.());
      void gate.pass();
      await wasAborted;
    });
    const runs = defineOrchestration('Runs', async (context) => context.callActivity(long));
    const client = await world().start([long, runs]);
    const run = await client.startNew(runs);
    await gate.entered;
    await run.terminate();
    await wasAborted;
  });

  it('an activity that is running when the host stops and does not end runs again with the next host', async () => {
    const instanceId = fresh('run');
    let attempts = 0;
    const gate = new Gate();
    const long = defineActivity('Long', async (context) => {
      if (++attempts > 1) return attempts;
      return new Promise<number>((_resolve, reject) => {
        context.signal.addEventListener('abort', () => reject(context.signal.reason as Error));
        void gate.pass();
      });
    });
    const runs = defineOrchestration('Runs', async (context) => context.callActivity(long));
    const client = await world().start([long, runs], { stopTimeout: 10 });
    await client.startNew(runs, { instanceId });
    await gate.entered;
    const again = await world().restart();
    expect(await again.run(runs, instanceId).result({ timeout: '2 minutes' })).to.equal(2);
  });

  it('bad arguments of callActivity are InvalidArgumentErrors with a hint', async () => {
    const runs = defineOrchestration('Runs', async (context) =>
      context
        .callActivity('')
        .catch((error: unknown) => [(error as InvalidArgumentError).code, (error as InvalidArgumentError).hint !== '']),
    );
    const client = await world().start([runs]);
    expect(await (await client.startNew(runs)).result()).to.deep.equal(['DE_INVALID_ARGUMENT', true]);
  });

  it('a started activity whose run completes without it does no harm', async () => {
    const done = new Gate();
    const late = defineActivity('Late', async () => {
      await done.pass();
      return 'late';
    });
    const runs = defineOrchestration('Runs', async (context) => {
      void context.callActivity(late);
      await context.createTimer(5);
      return 'done';
    });
    const client = await world().start([late, runs]);
    const run = await client.startNew(runs);
    expect(await run.result()).to.equal('done');
    done.open();
    await eventually(async () => ((await run.status())?.runtimeStatus === 'completed' ? true : undefined), 'the end');
    expect((await run.status())?.output).to.equal('done');
  });
});
