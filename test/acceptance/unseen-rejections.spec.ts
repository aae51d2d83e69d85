import { expect } from 'chai';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  EntityId,
  OrchestrationFailedError,
} from '../../src/index.js';
import { acceptance, allSettings } from './variants.js';
import { eventually, failure, type World } from './world.js';

let attempts = 0;
const fail = defineActivity('Fail', async (_context, text: string) => {
  attempts++;
  throw new RangeError(text);
});
const succeed = defineActivity('Succeed', async () => 'well');
const counter = defineEntity('Counter', { effects: 'none' }, () => {
  throw new TypeError('no');
});
const id = new EntityId('Counter', 'c');

/** The lines about promises that a run never awaited: the code and the end of the message. */
function unseen(world: World, instance: string): (readonly [unknown, string])[] {
  return world.lines
    .filter(({ level, message }) => level === 'warn' && message.includes('never awaited a rejected promise'))
    .filter(({ fields }) => (fields as { instance?: unknown }).instance === instance)
    .map(({ fields, message }) => [(fields as { code?: unknown }).code, message.slice(message.lastIndexOf(': ') + 2)]);
}

acceptance('rejections that nobody looked at', allSettings, (world) => {
  it('unseen rejections are logged once each, at the end of the run and after its commit, also over a restart; the run completes', async () => {
    const careless = defineOrchestration('Careless', async (context) => {
      void context.callActivity(fail, 'activity');
      void context.callActivity(fail, 'again', { retry: { maxAttempts: 2, firstRetryInterval: 1 } });
      void context.callEntity(id, 'x');
      void context.callSubOrchestration('Inner', undefined, { instanceId: `${context.instanceId}-inner` });
      void context.lock();
      void context.waitForExternalEvent('never', { timeout: 1 });
      await context.waitForExternalEvent('go');
      return 'done';
    });
    const inner = defineOrchestration('Inner', async () => {
      throw new RangeError('inner');
    });
    const waits = defineOrchestration('Waits', async (context) => context.createTimer(1));
    attempts = 0;
    const client = await world().start([fail, counter, careless, inner, waits]);
    const run = await client.startNew(careless);
    await eventually(() => (attempts >= 3 ? true : undefined), 'all attempts');
    // The test waits until each of the others has ended, so that all their rejections come before the event.
    const below = client.run(inner, `${run.instanceId}-inner`);
    await eventually(() => below.status(), 'the run below');
    await below.result().catch(() => {});
    await client.callEntity(id, 'x').catch(() => {});
    await (await client.startNew(waits)).result();
    const after = (await world().restart()).run(careless, run.instanceId);
    expect(unseen(world(), run.instanceId), 'nothing before the end').to.deep.equal([]);
    await after.raiseEvent('go');
    expect(await after.result()).to.equal('done');
    const lines = unseen(world(), run.instanceId);
    const codes = lines.map(([code]) => String(code)).sort();
    expect(codes).to.deep.equal([
      'DE_ACTIVITY_FAILED',
      'DE_ACTIVITY_FAILED',
      'DE_INVALID_ARGUMENT',
      'DE_OPERATION_FAILED',
      'DE_ORCHESTRATION_FAILED',
      'DE_TIMEOUT',
    ]);
  });

  it('a rejection that was awaited, chained, raced, collected or returned, sooner or later, is not logged', async () => {
    const careful = defineOrchestration('Careful', async (context) => {
      await context.callActivity(fail, 'awaited').catch(() => {});
      try {
        await context.callEntity(id, 'x');
      } catch {}
      const late = context.callActivity(fail, 'late');
      await Promise.allSettled([context.callActivity(fail, 'settled'), context.callEntity(id, 'y')]);
      await Promise.race([context.callActivity(fail, 'raced'), context.callActivity(fail, 'raced too')]).catch(
        () => {},
      );
      await Promise.any([context.callActivity(fail, 'any'), context.callActivity(fail, 'any')]).catch(() => {});
      void context.callActivity(fail, 'chained').then(undefined, () => {});
      await context.callActivity(fail, 'retried', { retry: { maxAttempts: 3, firstRetryInterval: 1 } }).catch(() => {});
      const indirect = async () => context.callActivity(fail, 'returned');
      await indirect().catch(() => {});
      await context.createTimer(10);
      await late.catch(() => {});
      return context.callActivity(fail, 'the result') as Promise<unknown>;
    });
    const yields = defineOrchestration('Yields', function* (context) {
      try {
        yield [context.callActivity(fail, 'one'), context.callActivity(fail, 'two')];
      } catch {}
      yield context.callActivity(fail, 'last');
    });
    const client = await world().start([fail, counter, careful, yields]);
    for (const definition of [careful, yields]) {
      const run = await client.startNew(definition.name);
      expect(await failure(run.result())).to.be.instanceOf(OrchestrationFailedError);
      expect(unseen(world(), run.instanceId)).to.deep.equal([]);
    }
  });

  it('unseen rejections are also logged when the run fails, is terminated, or continues as new', async () => {
    const ends = defineOrchestration('Ends', async (context, how: string) => {
      if (how === 'over') return;
      void context.callActivity(fail, how);
      // Activities run one at a time here: when this one has ended, so has the one before.
      await context.callActivity(succeed);
      context.setCustomStatus('failed unseen');
      if (how === 'fails') throw new RangeError('it fails');
      if (how === 'continues') return context.continueAsNew('over');
      await context.waitForExternalEvent('never');
    });
    const client = await world().start([fail, succeed, ends], { maxConcurrentActivities: 1 });
    for (const how of ['fails', 'continues', 'terminated']) {
      const run = await client.startNew(ends, { input: how });
      if (how === 'terminated') {
        await run.waitForStatus(({ customStatus }) => customStatus === 'failed unseen');
        await run.terminate('enough');
      }
      await run.result().catch(() => {});
      const lines = await eventually(() => {
        const found = unseen(world(), run.instanceId);
        return found.length > 0 ? found : undefined;
      }, how);
      expect(lines, how).to.deep.equal([['DE_ACTIVITY_FAILED', how]]);
    }
  });

  it('promises of the context are promises like all others', async () => {
    const looks = defineOrchestration('Looks', async (context) => {
      const call = context.createTimer(1);
      const chained = call.then(() => 1);
      await call;
      return [call instanceof Promise, call.constructor === Promise, Promise.resolve(call) === call, await chained];
    });
    const client = await world().start([looks]);
    expect(await (await client.startNew(looks)).result()).to.deep.equal([true, true, true, 1]);
  });
});
