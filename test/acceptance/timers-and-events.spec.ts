import { expect } from 'chai';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  EntityId,
  OrchestrationNotFoundError,
  TimeoutError,
} from '../../src/index.js';
import { InvalidArgumentError } from '../../src/errors/index.js';
import { acceptance, allSettings } from './variants.js';
import { eventually, fresh, refusal } from './world.js';

const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  const next = context.getState(() => 0) + (context.getInput<number | undefined>() ?? 0);
  context.setState(next);
  return next;
});
const id = (key: string) => new EntityId('Counter', key);

acceptance('timers-and-events', allSettings, (world) => {
  it('S13 a timer is due not before its time, by duration, text, or date', async () => {
    const waits = defineOrchestration('Waits', async (context) => {
      const start = context.currentTime.getTime();
      await context.createTimer(10);
      const first = context.currentTime.getTime();
      await context.createTimer('15 ms');
      const second = context.currentTime.getTime();
      await context.createTimer(new Date(second + 12));
      const third = context.currentTime.getTime();
      await context.createTimer(new Date(0));
      return [first - start, second - first, third - second];
    });
    const client = await world().start([waits]);
    const [first, second, third] = await (await client.startNew(waits)).result();
    expect(first).to.be.at.least(10);
    expect(second).to.be.at.least(15);
    expect(third).to.be.at.least(12);
  });

  it('timers fire in the order of their time', async () => {
    const waits = defineOrchestration('Waits', async (context) => {
      const order: string[] = [];
      await Promise.all([
        context.createTimer(20).then(() => order.push('late')),
        context.createTimer(1).then(() => order.push('early')),
        context.createTimer(10).then(() => order.push('middle')),
      ]);
      return order;
    });
    const client = await world().start([waits]);
    expect(await (await client.startNew(waits)).result()).to.deep.equal(['early', 'middle', 'late']);
  });

  it('a cancelled timer never settles; cancelling a timer that is due has no effect', async () => {
    const cancels = defineOrchestration('Cancels', async (context) => {
      let fired = false;
      const timer = context.createTimer(5);
      void timer.then(() => (fired = true));
      timer.cancel();
      timer.cancel();
      const due = context.createTimer(10);
      await due;
      due.cancel();
      await context.createTimer(5);
      return fired;
    });
    const client = await world().start([cancels]);
    expect(await (await client.startNew(cancels)).result()).to.equal(false);
  });

  it('a timer that is left over ends with the run; bad times are typed errors', async () => {
    const leaves = defineOrchestration('Leaves', async (context) => {
      void context.createTimer('3 days');
      const codes: string[] = [];
      for (const due of [-1, Number.NaN, 'soon', new Date(Number.NaN), undefined]) {
        try {
          void context.createTimer(due as never);
        } catch (error) {
          codes.push((error as InvalidArgumentError).code);
        }
      }
      await context.createTimer(0);
      return codes;
    });
    const client = await world().start([leaves]);
    expect(await (await client.startNew(leaves)).result({ timeout: '2 minutes' })).to.deep.equal(
      Array.from({ length: 5 }, () => 'DE_INVALID_ARGUMENT'),
    );
  });

  it('S24 S168 a race of an entity call against a timer', async () => {
    const never = defineEntity(
      'Never',
      async (context) => new Promise((resolve) => context.signal.addEventListener('abort', resolve)),
    );
    const races = defineOrchestration('Races', async (context) =>
      Promise.race([
        context.callEntity(new EntityId('Never', 'k'), 'wait'),
        context.createTimer(5).then(() => 'gave up'),
      ]),
    );
    const client = await world().start([never, races], { stopTimeout: 5 });
    expect(await (await client.startNew(races)).result()).to.equal('gave up');
  });

  it('events wait for the one who asks, and are given in order, by name', async () => {
    const takes = defineOrchestration('Takes', async (context) => {
      await context.waitForExternalEvent('begin');
      const a = await context.waitForExternalEvent('a');
      const [b1, b2] = await Promise.all([context.waitForExternalEvent('b'), context.waitForExternalEvent('b')]);
      return [a, b1, b2, await context.waitForExternalEvent('a')];
    });
    const client = await world().start([takes]);
    const run = await client.startNew(takes);
    for (const [name, event] of [
      ['b', 1],
      ['a', 0],
      ['b', null],
      ['a', undefined],
      ['other', 1],
      ['begin', 'x'],
    ] as const) {
      await run.raiseEvent(name, event);
    }
    expect(await run.result()).to.deep.equal([0, 1, null, undefined]);
  });

  it('O9: event names are compared without case, whatever they are', async () => {
    const takes = defineOrchestration('Takes', async (context) => [
      await context.waitForExternalEvent('Go'),
      await context.waitForExternalEvent('__proto__'),
      await context.waitForExternalEvent('constructor'),
    ]);
    const client = await world().start([takes]);
    const run = await client.startNew(takes);
    for (const name of ['constructor', '__PROTO__', 'gO']) await run.raiseEvent(name, name);
    expect(await run.result()).to.deep.equal(['gO', '__PROTO__', 'constructor']);
  });

  it('waitForExternalEvent with a timeout is a TimeoutError; what comes later is kept for the next wait', async () => {
    const takes = defineOrchestration('Takes', async (context) => {
      const first = await context
        .waitForExternalEvent('go', { timeout: 5 })
        .catch((error: unknown) => [error instanceof TimeoutError, (error as TimeoutError).code]);
      context.setCustomStatus('timed out');
      const second = await context.waitForExternalEvent('go', { timeout: '1 hour' });
      await context.createTimer(0);
      return [first, second];
    });
    const client = await world().start([takes]);
    const run = await client.startNew(takes);
    await eventually(
      async () => ((await run.status())?.customStatus === 'timed out' ? true : undefined),
      'the timeout',
    );
    await run.raiseEvent('go', 'late');
    expect(await run.result()).to.deep.equal([[true, 'DE_TIMEOUT'], 'late']);
  });

  it('an event that is there already beats a timeout of nothing', async () => {
    const takes = defineOrchestration('Takes', async (context) => {
      await context.waitForExternalEvent('begin');
      return context.waitForExternalEvent('go', { timeout: 0 });
    });
    const client = await world().start([takes]);
    const run = await client.startNew(takes);
    await run.raiseEvent('go', 'first');
    await run.raiseEvent('begin');
    expect(await run.result()).to.equal('first');
  });

  it('sendEvent reaches another run and itself; to a missing run it is a log line', async () => {
    const target = fresh('target');
    const receives = defineOrchestration('Receives', async (context) => context.waitForExternalEvent('hello'));
    const sends = defineOrchestration('Sends', async (context) => {
      context.sendEvent(target, 'hello', { from: context.instanceId });
      context.sendEvent(fresh('missing'), 'hello', 1);
      context.sendEvent(context.instanceId, 'self', 2);
      return context.waitForExternalEvent('self');
    });
    const client = await world().start([receives, sends]);
    const receiver = await client.startNew(receives, { instanceId: target });
    const sender = await client.startNew(sends);
    expect(await sender.result()).to.equal(2);
    expect(await receiver.result()).to.deep.equal({ from: sender.instanceId });
  });

  it('continueAsNew keeps unprocessed events, or drops them if keepUnprocessedEvents is false', async () => {
    const loops = defineOrchestration(
      'Loops',
      async (context, state: { round: number; keep: boolean; seen: unknown[] }): Promise<unknown> => {
        if (state.round === 0) {
          await context.waitForExternalEvent('begin');
          return context.continueAsNew({ ...state, round: 1 }, { keepUnprocessedEvents: state.keep });
        }
        const event = await context.waitForExternalEvent('item', { timeout: 20 }).catch(() => 'none');
        return [...state.seen, event];
      },
    );
    const client = await world().start([loops]);
    for (const keep of [true, false]) {
      const run = await client.startNew(loops, { input: { round: 0, keep, seen: [] } });
      await run.raiseEvent('item', 1);
      await run.raiseEvent('begin');
      expect(await run.result()).to.deep.equal([keep ? 1 : 'none']);
    }
  });

  it('many continueAsNew lose no event', async () => {
    const sums = defineOrchestration('Sums', async (context, state: { left: number; sum: number }): Promise<number> => {
      if (state.left === 0) return state.sum;
      const n = await context.waitForExternalEvent<number>('n');
      return context.continueAsNew({ left: state.left - 1, sum: state.sum + n });
    });
    const client = await world().start([sums]);
    const run = await client.startNew(sums, { input: { left: 30, sum: 0 } });
    await Promise.all(Array.from({ length: 30 }, (_, n) => run.raiseEvent('n', n)));
    expect(await run.result()).to.equal(435);
  });

  it('raiseEvent resolves when the run has taken it in: what it did with it is durable', async () => {
    const takes = defineOrchestration('Takes', async (context) => {
      for (let i = 1; ; i++) {
        await context.waitForExternalEvent('go');
        context.setCustomStatus(i);
      }
    });
    const client = await world().start([takes]);
    const run = await client.startNew(takes);
    for (let i = 1; i <= 5; i++) {
      await run.raiseEvent('go');
      expect((await run.status())?.customStatus).to.equal(i);
    }
    await run.terminate();
    await refusal(run.raiseEvent('go'), OrchestrationNotFoundError, 'DE_ORCHESTRATION_NOT_FOUND');
  });

  it('S13 S133 signals of an orchestration can be scheduled', async () => {
    let due = 0;
    const sends = defineOrchestration('Sends', async (context) => {
      context.signalEntity(id('later'), 'add', 1, { scheduledTime: due });
      context.signalEntity(id('later'), 'add', 10, { scheduledTime: new Date(0) });
      return context.callEntity(id('later'), 'get');
    });
    const client = await world().startMoved([counter, sends]);
    due = world().now + 3_600_000;
    expect(await (await client.startNew(sends)).result()).to.equal(10);
    world().pass('30 minutes');
    expect(await client.callEntity(id('later'), 'get')).to.equal(10);
    world().pass('30 minutes');
    await eventually(
      async () => ((await client.callEntity(id('later'), 'get')) === 11 ? true : undefined),
      'the scheduled signal',
    );
  });

  it('O2: timer, activity and event in one race: what comes first wins, and the same in replay', async () => {
    const quick = defineActivity('Quick', async () => 'activity');
    const races = defineOrchestration('Races', async (context) => {
      const winners: unknown[] = [];
      winners.push(
        await Promise.race([
          context.createTimer('1 hour').then(() => 'timer'),
          context.waitForExternalEvent('e').then(() => 'event'),
          context.callActivity(quick),
        ]),
      );
      winners.push(
        await Promise.race([
          context.createTimer(1).then(() => 'timer'),
          context.waitForExternalEvent('e').then(() => 'event'),
        ]),
      );
      context.setCustomStatus('waiting');
      // The first two waits for `e` have lost their races, and take nothing.
      winners.push(
        await Promise.race([context.createTimer('1 hour').then(() => 'timer'), context.waitForExternalEvent('e')]),
      );
      await context.createTimer(1);
      return winners;
    });
    const client = await world().start([quick, races]);
    const run = await client.startNew(races);
    await eventually(
      async () => ((await run.status())?.customStatus === 'waiting' ? true : undefined),
      'the third race',
    );
    await run.raiseEvent('e', 1);
    expect(await run.result()).to.deep.equal(['activity', 'timer', 1]);
  });
});
