import { expect } from 'chai';
import { defineActivity, defineOrchestration } from '../../src/functions/define.js';
import type { OrchestrationContext } from '../../src/functions/orchestration-context.js';
import { EntityId } from '../../src/model/entity-id.js';
import { replay } from '../../src/testing/index.js';
import { counter, id } from './programs.js';
import { World } from './world.js';

const boom = defineActivity('Boom', () => {
  throw new RangeError('boom');
});
const slow = defineActivity('Slow', () => new Promise(() => {}));
const reports: unknown[] = [];
const report = defineActivity('Report', (_context, what: unknown) => {
  reports.push(what);
  return 'reported';
});

/** Errors of an orchestration, by kind. */
const failures: Record<string, (context: OrchestrationContext) => unknown> = {
  'an activity': (context) => context.callActivity(boom),
  'an activity that nobody has': (context) => context.callActivity('Nothing'),
  'an activity that is too slow': (context) => context.callActivity(slow, undefined, { timeout: '1s' }),
  'an entity that nobody has': (context) => context.callEntity(new EntityId('Nobody', 'x'), 'get'),
  'an orchestration that nobody has': (context) => context.startNewOrchestration('Nothing'),
  'an operation': (context) => context.callEntity(id('Counter', 'c'), 'nonsense'),
  'a wait for an event': (context) => context.waitForExternalEvent('never', { timeout: '1s' }),
  'a broken locking rule': async (context) => {
    using _section = await context.lock(id('Counter', 'c'));
    await context.lock(id('Counter', 'c'));
  },
  'a bad timer': (context) => context.createTimer('soon' as never),
  'a bad event name': (context) => context.sendEvent('x', ''),
  'a bad signal': (context) => context.signalEntity(id('Counter', 'c'), ''),
  'what cannot be stored': (context) => context.setCustomStatus(() => 1),
  'the code itself': () => {
    throw new TypeError('of the program', { cause: new Error('beneath') });
  },
};

describe('O3: errors in replay', () => {
  for (const [what, fail] of Object.entries(failures)) {
    for (const part of what === 'the code itself'
      ? (['error', 'in a field'] as const)
      : (['error', 'in a field', 'stack'] as const)) {
      it(`O3: an orchestration that reports an error of ${what} (${part}) continues after a restart`, async () => {
        const reporter = defineOrchestration('Reporter', async (context) => {
          let caught: Error | undefined;
          try {
            await fail(context);
          } catch (error) {
            caught = error as Error;
          }
          const given = { error: caught, 'in a field': { errors: [caught] }, stack: caught?.stack }[part];
          const first = await context.callActivity(report, given);
          await context.waitForExternalEvent('go');
          return [first, caught?.name];
        });
        const world = new World([boom, slow, report, counter, reporter]);
        const first = await world.start();
        const run = await world.until(first.client.startNew(reporter, { instanceId: 'r' }));
        await world.until(run.waitForStatus((status) => status.awaitedEvents.length > 0));
        first.crash();
        // A name more is known than when the run began.
        const more = [
          defineActivity('More', () => 0),
          defineOrchestration('More', () => 0),
          { ...counter, name: 'More' },
        ];
        world.definitions = [...world.definitions, ...more];
        const second = await world.start();
        const again = second.client.run<void, [string, string]>(reporter as never, 'r');
        await world.until(again.raiseEvent('go'));
        const [reported, name] = await world.until(again.result());
        expect(reported).to.equal('reported');
        expect(name).to.match(/Error$/);
      });
    }
  }

  it('O3: replay compares errors in inputs by their messages and not by their stacks, so code that moved to another line matches', async () => {
    const code = (message: string) =>
      defineOrchestration('Reporter', async (context) => context.callActivity(report, new Error(message)));
    const history = (stack: string) => ({
      run: { instanceId: 'r', executionId: 'e', name: 'Reporter', version: 1 },
      events: [
        { h: 'fed', at: 1, event: { kind: 'started' } },
        {
          h: 'did',
          action: {
            task: 0,
            kind: 'activity',
            name: 'Report',
            input: JSON.stringify({ $de: 'Error', v: { name: 'Error', message: 'first', stack } }),
          },
        },
      ],
      outcome: null,
    });
    expect(await replay(history('at line 1'), code('first'))).to.deep.equal({ status: 'running' });
    const other = await replay(history('at line 1'), code('second')).catch((error: unknown) => error);
    expect(String(other)).to.include('no longer matches its history');
  });
});
