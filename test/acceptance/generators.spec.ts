import { expect } from 'chai';
import {
  ActivityFailedError,
  defineActivity,
  defineEntity,
  defineOrchestration,
  EntityId,
  Orchestration,
  OrchestrationFailedError,
  resultOf,
  type OrchestrationContext,
} from '../../src/index.js';
import { InvalidArgumentError, NonDeterministicOrchestrationError, RegistrationError } from '../../src/errors/index.js';
import type { OrchestrationSteps } from '../../src/functions/index.js';
import { acceptance, allSettings } from './variants.js';
import { fresh, refusal } from './world.js';

const add = defineActivity('Add', async (_context, [a, b]: [number, number]) => a + b);
const fail = defineActivity('Fail', async (_context, text: string) => {
  throw new RangeError(text);
});
const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  const next = context.getState(() => 0) + (context.getInput<number | undefined>() ?? 0);
  context.setState(next);
  return next;
});
const id = new EntityId('Counter', 'c');

acceptance('generator orchestrators', allSettings, (world) => {
  it('yield awaits every promise of the context, and return is the result; a restart in the middle changes nothing', async () => {
    const all = defineOrchestration('All', function* (context, input: number) {
      const five: number = yield context.callEntity(id, 'add', input);
      yield context.createTimer(1);
      const event: string = yield context.waitForExternalEvent('go');
      const section = yield context.lock(id);
      const six: number = yield context.callEntity(id, 'add', 1);
      section.release();
      const sum: number = yield context.callActivity(add, [five, six]);
      context.signalEntity(id, 'add', 10);
      yield context.signalEntity(id, 'add', 100);
      return { event, sum, last: yield* resultOf(context.callEntity<number>(id, 'get')) };
    });
    const client = await world().start([add, counter, all]);
    const run = await client.startNew(all, { input: 5, instanceId: fresh() });
    const after = (await world().restart()).run(all, run.instanceId);
    await after.raiseEvent('go', 'gone');
    expect(await after.result()).to.deep.equal({ event: 'gone', sum: 11, last: 116 });
  });

  it('plain values pass through, arrays are awaited together, and a returned promise is awaited', async () => {
    const plain = defineOrchestration('Plain', function* (context) {
      const values: unknown[] = [yield 1, yield undefined, yield 'text', yield { a: 1 }, yield null];
      const none: unknown = yield [];
      const [three, seven, eight]: number[] = yield [
        context.callActivity(add, [1, 2]),
        context.callActivity(add, [3, 4]),
        8,
      ];
      const first: string = yield Promise.race([
        context.callActivity(add, [1, 1]).then(() => 'activity'),
        context.waitForExternalEvent('never'),
      ]);
      yield context.waitForExternalEvent('go');
      values.push(none, three, seven, eight, first);
      return context.callActivity(add, [40, 2]).then((last) => [...values, last]);
    });
    const client = await world().start([add, plain]);
    const run = await client.startNew(plain);
    const after = (await world().restart()).run(plain, run.instanceId);
    await after.raiseEvent('go');
    expect(await after.result()).to.deep.equal([1, undefined, 'text', { a: 1 }, null, [], 3, 7, 8, 'activity', 42]);
  });

  it('errors are thrown at the yield: try, catch and finally do what they say', async () => {
    const brave = defineOrchestration('Brave', function* (context) {
      const steps: string[] = [];
      try {
        try {
          yield context.callActivity(fail, 'one');
          steps.push('not reached');
        } catch (error) {
          steps.push(error instanceof ActivityFailedError ? (error.cause as Error).message : 'another error');
        } finally {
          yield context.callActivity(add, [1, 1]);
          steps.push('finally');
        }
        yield [context.callActivity(add, [1, 1]), context.callActivity(fail, 'two')];
      } catch (error) {
        steps.push(((error as Error).cause as Error).message);
      }
      yield context.waitForExternalEvent('go');
      if (steps.length === 3) throw new RangeError(steps.join());
    });
    const client = await world().start([add, fail, brave]);
    const run = await client.startNew(brave);
    const after = (await world().restart()).run(brave, run.instanceId);
    await after.raiseEvent('go');
    const error = await refusal(after.result(), OrchestrationFailedError, 'DE_ORCHESTRATION_FAILED');
    expect((error.cause as Error).name).to.equal('RangeError');
    expect((error.cause as Error).message).to.equal('one,finally,two');
  });

  it('classes have generator methods, also delegating, in sub-orchestrations and continued as new', async () => {
    @Orchestration()
    class Countdown {
      *run(context: OrchestrationContext, left: number): OrchestrationSteps<string> {
        yield* this.step(context, left);
        if (left > 0) return context.continueAsNew(left - 1);
        return 'lift-off';
      }

      private *step(context: OrchestrationContext, left: number): Generator<unknown, void> {
        yield context.callEntity(id, 'add', left);
      }
    }
    const parent = defineOrchestration('Parent', function* (context) {
      const said = yield* resultOf(context.callSubOrchestration(Countdown, 3));
      yield context.waitForExternalEvent('go');
      const sum = yield* resultOf(context.callEntity<number>(id, 'get'));
      return `${said.toUpperCase()} after ${sum}`;
    });
    const client = await world().start([counter, Countdown, parent]);
    const run = await client.startNew(parent);
    const after = (await world().restart()).run(parent, run.instanceId);
    await after.raiseEvent('go');
    expect(await after.result()).to.equal('LIFT-OFF after 6');
  });

  it('a generator and an async function of the same steps have the same history', async () => {
    const twin = {
      async: defineOrchestration('Twin', async (context, to: number) => {
        const sum = await context.callActivity(add, [1, to]);
        const guid = context.newGuid();
        const waited = await Promise.all([context.waitForExternalEvent<number>('go'), context.createTimer(1)]);
        return [sum + waited[0], guid, await context.callEntity<number>(id, 'add', 1)];
      }),
      generator: defineOrchestration('Twin', function* (context, to: number) {
        const sum: number = yield context.callActivity(add, [1, to]);
        const guid = context.newGuid();
        const waited: [number, void] = yield [context.waitForExternalEvent('go'), context.createTimer(1)];
        const count: number = yield context.callEntity(id, 'add', 1);
        return [sum + waited[0], guid, count];
      }),
    };
    // Each half of the run is done by the other way of writing it.
    for (const [before, then] of [
      [twin.async, twin.generator],
      [twin.generator, twin.async],
    ] as const) {
      const client = await world().start([add, counter, before]);
      const run = await client.startNew(before, { input: 2 });
      const after = (await world().restart([add, counter, then])).run(then, run.instanceId);
      await after.raiseEvent('go', 4);
      const [sum, guid] = await after.result();
      expect(sum).to.equal(7);
      expect(guid).to.match(/^[\da-f-]{36}$/);
      await world().host.stop();
    }
  });

  it('yielding what is not durable is caught, as awaiting it is', async () => {
    const foreign = defineOrchestration('Foreign', function* () {
      yield new Promise((resolve) => setTimeout(resolve, 5));
    });
    const client = await world().start([foreign]);
    const error = await refusal(
      (await client.startNew(foreign)).result(),
      OrchestrationFailedError,
      'DE_ORCHESTRATION_FAILED',
    );
    expect(error.cause).to.be.instanceOf(NonDeterministicOrchestrationError);
  });

  it('async generators are refused where they are defined or registered', async () => {
    async function* wrong(context: OrchestrationContext) {
      yield context.instanceId;
    }
    await refusal(() => defineOrchestration('Wrong', wrong), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    @Orchestration()
    class Wrong {
      async *run(context: OrchestrationContext) {
        yield context.instanceId;
      }
    }
    const error = await refusal(world().start([Wrong]), RegistrationError, 'DE_REGISTRATION');
    expect(error.message).to.include('async generator');
  });
});
