import { expect } from 'chai';
import { EntityOperationFailedError, type DurableError } from '../../src/errors/index.js';
import { placeAt } from '../../src/model/call-site.js';
import { defineActivity, defineEntity, defineOrchestration } from '../../src/functions/define.js';
import type { OrchestrationContext } from '../../src/functions/orchestration-context.js';
import { EntityId } from '../../src/model/entity-id.js';
import { Entity, Operation } from '../../src/index.js';
import { TestHost } from '../../src/testing/index.js';

const boom = defineActivity('Boom', () => {
  throw new RangeError('boom');
});
const tank = defineEntity('Tank', { effects: 'none' }, () => {
  throw new RangeError('empty');
});
@Entity()
class Pump {
  @Operation()
  run(): Promise<number> {
    throw new RangeError('broken');
  }
}
const child = defineOrchestration('Child', async (context) => context.callActivity(boom));
const patient = defineOrchestration('Patient', async (context) => context.waitForExternalEvent('never'));
const id = new EntityId('Tank', 'a');

const failures: Record<string, (context: OrchestrationContext) => Promise<unknown>> = {
  'an activity': (context) => context.callActivity(boom),
  'an activity with retries': (context) =>
    context.callActivity(boom, undefined, { retry: { maxAttempts: 2, firstRetryInterval: '1s' } }),
  'an activity that nobody has': (context) => context.callActivity('Nothing'),
  'an operation': (context) => context.callEntity(id, 'drain'),
  'an operation by a token': (context) => context.callEntity(Pump, 'a', (pump) => pump.run()),
  'an operation of a proxy': (context) => context.createEntityProxy(Pump, 'a').run(),
  'an operation of a locked entity': async (context) => {
    using _section = await context.lock(id);
    return await context.callEntity(id, 'drain');
  },
  'a lock of an entity that nobody has': (context) => context.lock(new EntityId('Nobody', 'x')),
  'a sub-orchestration': (context) => context.callSubOrchestration(child),
  'a sub-orchestration that times out': (context) =>
    context.callSubOrchestration(patient, undefined, { timeout: '1s' }),
  'a wait for an event': (context) => context.waitForExternalEvent('never', { timeout: '1s' }),
  'one of several': (context) => Promise.all([context.createTimer('1s'), context.callActivity(boom)]),
};

async function orderStep(context: OrchestrationContext, what: string) {
  await (failures[what] as (typeof failures)[string])(context);
}

const order = defineOrchestration('Order', async (context, what: string) => {
  await orderStep(context, what);
});

const start = () => TestHost.start({ register: [boom, tank, Pump, child, patient, order], strict: 'error' });

async function failureOf(promise: Promise<unknown>): Promise<DurableError> {
  return promise.then(
    () => expect.fail('it has not failed'),
    (error: DurableError) => error,
  );
}

/** The lines of a stack below its head. */
const frames = ({ stack }: Error) => (stack as string).split('\n').filter((line) => /^\s+at /.test(line));

const here = /call-sites\.spec\.[jt]s:\d+:\d+/;

describe('M12: call sites', () => {
  for (const what of Object.keys(failures)) {
    it(`M12: the failure of ${what} shows the code of the orchestrator that awaited it, and no frame of the engine`, async () => {
      await using host = await start();
      const run = await host.client.startNew(order, { input: what });
      const { cause } = await failureOf(host.until(run.result()));
      const shown = frames(cause as Error);
      expect(shown.filter((line) => here.test(line) && line.includes('orderStep'))).to.have.length(1);
      expect(shown.filter((line) => line.includes('/src/'))).to.deep.equal([]);
    });
  }

  it('M12: the failure of a call of a client shows the code that awaits it', async () => {
    await using host = await start();
    const { client } = host;
    const pour = async (call: () => Promise<unknown>) => {
      await call();
    };
    for (const call of [
      () => client.callEntity(id, 'drain'),
      () => client.callEntity(id, 'drain', undefined, { timeout: '5s' }),
      () => client.callEntity(id, 'drain', undefined, { retry: { maxAttempts: 2, firstRetryInterval: '1s' } }),
      () => client.callEntity(Pump, 'a', (pump) => pump.run()),
      async () => (await client.startNew(order, { input: 'an activity' })).result(),
      () => client.run('Order', 'nobody').result(),
      () => client.run('Order', 'nobody').raiseEvent('go'),
      () => client.run('Order', 'nobody').terminate(),
      async () =>
        (await client.startNew(order, { input: 'an activity', instanceId: 'same' })) &&
        client.startNew(child, { instanceId: 'same' }),
    ]) {
      const error = await failureOf(host.until(pour(call)));
      const shown = frames(error);
      expect(
        shown.filter((line) => here.test(line) && line.includes('pour')),
        String(call),
      ).to.have.length(1);
      expect(
        shown.filter((line) => line.includes('/src/')),
        String(call),
      ).to.deep.equal([]);
    }
  });

  it('M12: a failure that is thrown after a crash shows the code that awaited it before', async () => {
    const late = defineOrchestration('Late', async (context) => {
      let caught: unknown;
      try {
        await orderStep(context, 'an activity');
      } catch (error) {
        caught = error;
      }
      await context.waitForExternalEvent('go');
      throw caught;
    });
    const first = await TestHost.start({ register: [boom, late] });
    const run = await first.client.startNew(late, { instanceId: 'late' });
    await first.until(run.waitForStatus(({ awaitedEvents }) => awaitedEvents.length > 0));
    await using second = await first.crash();
    const again = second.client.run('Late', 'late');
    await second.until(again.raiseEvent('go'));
    const { cause } = await failureOf(second.until(again.result()));
    expect(frames(cause as Error).filter((line) => line.includes('orderStep'))).to.have.length(1);
  });

  it('M12: the stack that an orchestrator reads has no place in its code, which may move before a replay', async () => {
    let read: string | undefined;
    const reader = defineOrchestration('Reader', async (context) => {
      read = await context.callActivity(boom).then(
        () => undefined,
        (error: Error) => error.stack,
      );
    });
    await using host = await TestHost.start({ register: [boom, reader] });
    await host.until((await host.client.startNew(reader)).result());
    expect(read).to.equal('ActivityFailedError: Activity "Boom" failed: RangeError: boom');
  });

  it('M12: an error that rejects several calls gets one place, and a stack of at most 30 frames', () => {
    const error = new EntityOperationFailedError(id, 'drain', undefined);
    const place = (line: number, count: number) => ({
      stack: [
        'Error',
        ...Array.from({ length: count }, (_, index) => `    at f${line} (file:///app/a.js:${index}:1)`),
      ].join('\n'),
    });
    placeAt(error, place(1, 40));
    placeAt(error, place(2, 1));
    expect(frames(error)).to.have.length(30);
    expect(error.stack).to.not.contain('f2');
    expect(error.stack?.startsWith(`${error.name}: ${error.message}\n`)).to.equal(true);
  });
});
