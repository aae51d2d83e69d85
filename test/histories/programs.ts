/**
 * The programs whose histories are kept. Never change one that has a file: its history was written by this very code, and what is
 * tested is that the library leads it the same way. New ones are added; then `record.ts` writes the files that are missing.
 */
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  EntityId,
  type OrchestrationContext,
} from '../../src/index.js';
import type { Definition } from '../../src/contexts/programs.js';

const add = defineActivity('Add', async (_context, [a, b]: [number, number]) => a + b);
const fail = defineActivity('Fail', async (_context, text: string) => {
  throw new RangeError(text);
});
let attempts = 0;
const flaky = defineActivity('Flaky', async () => {
  if (++attempts % 3 !== 0) throw new Error('not yet');
  return 'third time';
});
const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  if (context.operationName === 'fail') throw new TypeError('no');
  const next = context.getState(() => 0) + (context.getInput<number | undefined>() ?? 0);
  context.setState(next);
  return next;
});
const one = new EntityId('Counter', 'one');
const two = new EntityId('Counter', 'two');
const failed = (error: Error): string => `${error.name}: ${error.message}`;

const silent = defineActivity('Silent', async () => new Promise<never>(() => {}));
const mute = defineEntity('Mute', async (context) => {
  if (context.operationName === 'wait') await new Promise(() => {});
});

const waits = defineOrchestration('Waits', async (context) => context.waitForExternalEvent<string>('never'));

const helpers = [add, fail, flaky, counter, silent, mute, waits];

/** By feature: the file has its name. Each gets the events that it says, one after the other, when all is quiet. */
export const programs = {
  calls: {
    events: [],
    code: async (context: OrchestrationContext) => {
      context.signalEntity(one, 'add', 5);
      context.signalEntity(two, 'add', 7, { scheduledTime: context.currentTime.getTime() + 1_000 });
      const sum = await context.callEntity<number>(one, 'add', 1);
      const refused = await context.callEntity(one, 'fail').catch(failed);
      const unknown = await context.callEntity(new EntityId('Nobody', 'x'), 'get').catch(failed);
      return { sum, refused, unknown, values: [new Date(0), new Map([['a', 1n]]), undefined, Number.NaN] };
    },
  },
  'named-signals': {
    events: [],
    code: async (context: OrchestrationContext) => {
      const scheduledTime = context.currentTime.getTime() + 1_000;
      context.signalEntity(one, 'add', 100, { scheduledTime, name: 'remind' });
      context.signalEntity(one, 'add', 5, { scheduledTime, name: 'remind' });
      context.signalEntity(two, 'add', 7, { scheduledTime, name: 'remind' });
      context.cancelSignal(two, 'remind');
      const before = await context.callEntity<number>(one, 'add', 1);
      await context.createTimer(2_000);
      return [before, await context.callEntity<number>(one, 'add', 0), await context.callEntity<number>(two, 'add', 0)];
    },
  },
  'time-limits': {
    events: [['go', 1]],
    code: async (context: OrchestrationContext) => {
      const retry = { maxAttempts: 2, firstRetryInterval: '1s' } as const;
      const inTime = await context.callEntity<number>(one, 'add', 1, { timeout: '5s' });
      const refused = await context.callEntity(one, 'fail', undefined, { retry }).catch(failed);
      const activity = await context.callActivity(silent, undefined, { timeout: '2s', retry }).catch(failed);
      const call = await context.callEntity(new EntityId('Mute', 'm'), 'wait', 1, { timeout: '2s' }).catch(failed);
      const sub = await context.callSubOrchestration(waits, undefined, { timeout: '2s' }).catch(failed);
      const event = await context.waitForExternalEvent('go');
      return { inTime, refused, activity, call, sub, event };
    },
  },
  locks: {
    events: [['go', 1]],
    code: async (context: OrchestrationContext) => {
      const section = await context.lock(two, one, two);
      const locked = context.lockedEntities.map(String);
      const nested = await context.lock(one).catch(failed);
      await Promise.all([context.callEntity(one, 'add', -1), context.callEntity(two, 'add', 1)]);
      await context.waitForExternalEvent('go');
      section.release();
      const again = await context.lock(one);
      again.release();
      return { locked, nested, isLocked: context.isLocked };
    },
  },
  'timers-and-events': {
    events: [
      ['later', 'kept'],
      ['go', { a: [1, 2] }],
    ],
    code: async (context: OrchestrationContext) => {
      const begun = context.currentTime.getTime();
      const cancelled = context.createTimer('1 day');
      const late = await context.waitForExternalEvent('never', { timeout: '2s' }).catch(failed);
      const go = await context.waitForExternalEvent('go', { timeout: '1 hour' });
      cancelled.cancel();
      await context.createTimer(500);
      context.sendEvent('nobody', 'hello', 1);
      const later = await context.waitForExternalEvent('later');
      return { late, go, later, passed: context.currentTime.getTime() - begun };
    },
  },
  'activities-with-retry': {
    events: [],
    code: async (context: OrchestrationContext) => {
      const third = await context.callActivity(flaky, undefined, { retry: { maxAttempts: 5, backoffCoefficient: 2 } });
      const gaveUp = await context.callActivity(fail, 'x', { retry: { maxAttempts: 2 } }).catch(failed);
      const unknown = await context.callActivity('Nothing').catch(failed);
      return { third, gaveUp, unknown };
    },
  },
  'sub-orchestrations': {
    events: [],
    code: async (context: OrchestrationContext) => {
      const child = await context.callSubOrchestration('calls', undefined, { instanceId: 'a-child' });
      const bad = await context.callSubOrchestration('fails', undefined, { retry: { maxAttempts: 2 } }).catch(failed);
      context.startNewOrchestration('fails', { instanceId: 'started', version: 1 });
      const versioned = await context.callSubOrchestration('fails', 1, { version: 1 }).catch(failed);
      return { child, bad: bad !== undefined, versioned: versioned !== undefined };
    },
  },
  combinators: {
    events: [['second', 2]],
    code: async (context: OrchestrationContext) => {
      const all = await Promise.all([context.callActivity(add, [1, 2]), context.callEntity(one, 'add', 1)]);
      const race = await Promise.race([
        context.waitForExternalEvent('first').then(() => 'first'),
        context.waitForExternalEvent('second').then(() => 'second'),
        context.createTimer('1 hour').then(() => 'timer'),
      ]);
      const any = await Promise.any([context.callActivity(fail, 'a'), context.callActivity(add, [4, 5])]);
      const settled = await Promise.allSettled([context.callActivity(fail, 'b'), context.callEntity(one, 'add', 2)]);
      // Several functions continue after the same answer. The order of their calls is part of the history.
      const shared = context.callActivity(add, [1, 1]);
      const order: string[] = [];
      const follow = async (name: string, ticks: number) => {
        await shared;
        for (let i = 0; i < ticks; i++) await Promise.resolve();
        order.push(name);
        return context.callEntity<number>(one, 'add', ticks);
      };
      const followed = await Promise.all([follow('slow', 5), follow('quick', 0), shared.then(() => follow('then', 1))]);
      return { all, race, any, settled: settled.map(({ status }) => status), order, followed };
    },
  },
  'continue-as-new': {
    events: [
      ['go', 1],
      ['go', 2],
    ],
    code: async (context: OrchestrationContext, rounds = 0): Promise<number> => {
      await context.callEntity(one, 'add', rounds);
      if (rounds === 2) return context.callEntity<number>(one, 'get');
      await context.waitForExternalEvent('go');
      return context.continueAsNew(rounds + 1);
    },
  },
  deterministic: {
    events: [['go', 1]],
    code: async (context: OrchestrationContext) => {
      const before = [context.newGuid(), context.random(), context.currentTime];
      context.setCustomStatus({ half: true });
      await context.waitForExternalEvent('go');
      return [...before, context.newGuid(), context.random(), context.startNewOrchestration('fails')];
    },
  },
  patches: {
    events: [['go', 1]],
    code: async (context: OrchestrationContext) => {
      const ways = [context.patched('one')];
      context.deprecatePatch('none');
      await context.waitForExternalEvent('go');
      ways.push(context.patched('one'), context.patched('two'));
      await context.callActivity(add, [1, 1]);
      return ways;
    },
  },
  generators: {
    events: [['go', 1]],
    *code(context: OrchestrationContext): Generator<unknown, unknown> {
      const sums: unknown = yield [context.callActivity(add, [1, 2]), context.callActivity(add, [3, 4]), 5];
      let caught = '';
      try {
        yield context.callActivity(fail, 'thrown');
      } catch (error) {
        caught = failed(error as Error);
      }
      return [sums, caught, yield context.waitForExternalEvent('go')];
    },
  },
  'event-races': {
    events: [
      ['b', 1],
      ['A', 2],
      ['a', 3],
      ['go', 4],
      ['end', 5],
      ['kept', 6],
      ['b', 7],
    ],
    code: async (context: OrchestrationContext, round = 0): Promise<unknown> => {
      if (round === 1) return [await context.waitForExternalEvent('b'), await context.waitForExternalEvent('KEPT')];
      const taken: unknown[] = [];
      const cancelled = context.waitForExternalEvent('go');
      for (let i = 0; i < 2; i++) {
        taken.push(await Promise.race([context.waitForExternalEvent('a'), context.waitForExternalEvent('b')]));
      }
      cancelled.cancel();
      taken.push(await Promise.race([context.waitForExternalEvent('b'), context.createTimer('1s').then(() => 'late')]));
      const go = context.waitForExternalEvent('go');
      const all = await Promise.all([
        go,
        context.waitForExternalEvent('a', { timeout: '1 day' }),
        context.callActivity(add, [1, 1]),
      ]);
      context.setCustomStatus([taken, all]);
      await context.waitForExternalEvent('end');
      return context.continueAsNew(1);
    },
  },
  fails: {
    events: [],
    code: async (context: OrchestrationContext) => {
      void context.callActivity(fail, 'nobody looks');
      await context.callActivity(fail, 'it fails');
    },
  },
} as const;

export const definitions: readonly Definition[] = [
  ...helpers,
  ...Object.entries(programs).map(([name, program]) =>
    defineOrchestration<unknown, unknown>(name, (context, input) =>
      (program as { code(context: OrchestrationContext, input: unknown): unknown }).code(context, input),
    ),
  ),
] as never;
