import { expect } from 'chai';
import { Container, inject } from 'inversify';
import { setImmediate } from 'node:timers/promises';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  Entity,
  EntityId,
  Operation,
  type DurableClient,
} from '../../src/index.js';
import { TestHost, TestStuckError, type RecordedFailedSignal } from '../../src/testing/index.js';
import {
  buy,
  charge,
  Counter,
  failure,
  list,
  lists,
  mail,
  outside,
  programs,
  reminder,
  startHost,
} from './programs.js';

const appended = async (client: DurableClient) => (await client.readEntityState<unknown[]>(list)).entityState;

describe('TestHost: time that the test moves', () => {
  beforeEach(() => void outside.splice(0));

  it('virtual time starts at a fixed instant, or at startTime', async () => {
    await using host = await startHost({ register: programs });
    expect(host.now.toISOString()).to.equal('2026-01-01T00:00:00.000Z');
    await using other = await startHost({ register: programs, startTime: new Date('2030-05-06T07:08:09Z') });
    expect(other.now.toISOString()).to.equal('2030-05-06T07:08:09.000Z');
  });

  it('orchestrations and stored rows use virtual time', async () => {
    await using host = await startHost({ register: programs });
    const run = await host.client.startNew(reminder, { input: 'tea' });
    await host.advance('3 days');
    expect(await run.result()).to.equal('tea at 2026-01-04T00:00:00.000Z');
    expect((await run.status())?.createdAt).to.deep.equal(new Date('2026-01-01T00:00:00Z'));
  });

  it('virtual time stands still unless the test moves it', async () => {
    await using host = await startHost({ register: programs });
    const run = await host.client.startNew(reminder, { input: 'tea' });
    await host.idle();
    await host.advance(3 * 86_400_000 - 1);
    expect((await run.status())?.runtimeStatus).to.equal('running');
    await host.advance(1);
    expect((await run.status())?.runtimeStatus).to.equal('completed');
  });

  it('advance() fires timers in order, each at its own time', async () => {
    await using host = await startHost({ register: programs });
    for (const [hours, text] of [
      [30, 'last'],
      [2, 'first'],
      [3, 'second'],
    ] as const) {
      const scheduledTime = new Date(host.now.getTime() + hours * 3_600_000);
      await host.client.signalEntity(list, 'append', text, { scheduledTime });
    }
    await host.advance('3 hours');
    expect(await appended(host.client)).to.deep.equal(['first', 'second']);
    await host.advance('2 days');
    expect(await appended(host.client)).to.deep.equal(['first', 'second', 'last']);
  });

  it('timeouts of clients use virtual time', async () => {
    await using host = await startHost({ register: programs });
    const run = await host.client.startNew(reminder, { input: 'tea' });
    const waiting = failure(run.result({ timeout: '1 hour' }));
    await host.advance('2 hours');
    expect((await waiting).name).to.equal('TimeoutError');
  });

  it('retries of activities use virtual time', async () => {
    await using host = await startHost({ register: programs });
    host.faults.failActivity(charge, new Error('no line'), 2);
    const run = await host.client.startNew(buy, { input: 'a' });
    await host.idle();
    expect(outside).to.deep.equal([]);
    await host.advance('1 minute');
    expect(outside).to.deep.equal([]);
    await host.advance('2 minutes');
    expect(outside).to.deep.equal(['a']);
    expect(await run.result()).to.equal('receipt of a');
  });

  it('until() moves virtual time as far as a promise needs', async () => {
    await using host = await startHost({ register: programs });
    const run = await host.client.startNew(reminder, { input: 'tea' });
    expect(await host.until(run.result())).to.equal('tea at 2026-01-04T00:00:00.000Z');
    expect(host.now.toISOString()).to.equal('2026-01-04T00:00:00.000Z');
  });

  it('until() lists all waits if the promise does not settle', async () => {
    const patient = defineOrchestration('Patient', async (context) => void (await context.waitForExternalEvent('go')));
    await using host = await startHost({ register: [patient] });
    const run = await host.client.startNew(patient);
    const result = run.result();
    const error = await failure(host.until(result, '10 days'));
    expect(error).to.be.instanceOf(TestStuckError);
    expect(error.message).to.include('864000000 ms of virtual time').and.include('2026-01-11T00:00:00.000Z');
    await run.raiseEvent('go');
    await result;
  });

  it('advance() moves years quickly, and hours with a short lease', async () => {
    // Without the long time limit of other tests: years pass within the default limit of 4 s of real time.
    await using host = await TestHost.start({ register: programs });
    await host.advance('3650 days');
    expect(host.now.toISOString()).to.equal('2035-12-30T00:00:00.000Z');
    await using short = await startHost({ register: programs, leaseDuration: '15s' });
    await short.client.signalEntity(list, 'append', 1, { scheduledTime: short.now.getTime() + 3_600_000 });
    await short.advance('1 hour');
    expect(await appended(short.client)).to.deep.equal([1]);
  });

  it('a test host gives the same ids and random numbers in each run', async () => {
    const draw = defineOrchestration('Draw', async (context) => [context.newGuid(), context.random()]);
    const once = async () => {
      await using host = await startHost({ register: [draw] });
      const run = await host.client.startNew(draw);
      return [run.instanceId, await run.result()];
    };
    expect(await once()).to.deep.equal(await once());
  });

  it('virtual time works with timers that a test has replaced', async () => {
    const { setTimeout, setImmediate, queueMicrotask } = globalThis;
    const never = (() => {}) as never;
    Object.assign(globalThis, { setTimeout: never, setImmediate: never, queueMicrotask: never });
    try {
      await using host = await startHost({ register: programs });
      const run = await host.client.startNew(reminder, { input: 'tea' });
      expect(await host.until(run.result())).to.include('tea');
    } finally {
      Object.assign(globalThis, { setTimeout, setImmediate, queueMicrotask });
    }
  });

  it('TestHost.start refuses options of other hosts and unknown options', async () => {
    const start = (options: object) => failure(startHost({ register: [Counter], ...options }));
    expect((await start({ storage: 'x.db' })).message).to.include('"storage"');
    expect((await start({ stallLimit: 'off' })).message).to.include('"stallLimit"');
    expect((await start({ starTime: 0 })).message).to.include('"starTime"');
    expect((await start({ startTime: new Date(Number.NaN) })).message).to.include('startTime');
    expect((await failure(TestHost.start(undefined as never))).message).to.include('options');
  });
});

describe('TestHost: idle', () => {
  beforeEach(() => void outside.splice(0));

  it('idle() resolves when all due messages are applied', async () => {
    await using host = await startHost({ register: programs });
    void host.client.signalEntity(new EntityId('Counter', 'a'), 'add', 5);
    void host.client.signalEntity(list, 'append', 1, { scheduledTime: host.now.getTime() + 1 });
    await host.idle();
    expect((await host.client.readEntityState(Counter, 'a')).entityState?.value).to.equal(5);
    expect(await appended(host.client)).to.equal(undefined);
  });

  it('idle() waits in real time for code that runs outside', async () => {
    await using host = await startHost({ register: programs });
    await host.client.signalEntity(mail, 'send', 'hello');
    await host.idle();
    expect(outside).to.deep.equal(['hello']);
  });

  it('virtual time stands still while code runs outside', async () => {
    await using host = await startHost({ register: programs });
    const run = await host.client.startNew(reminder, { input: 'tea' });
    await host.client.signalEntity(mail, 'send', 'hello');
    await host.advance('3 days');
    expect(outside).to.deep.equal(['hello']);
    expect((await run.status())?.runtimeStatus).to.equal('completed');
  });

  it('a start waits for a service that a container creates in real time', async () => {
    @Entity({ effects: 'none' })
    class Shop {
      constructor(@inject('opened') readonly opened: string) {}
      @Operation() sign() {
        return this.opened;
      }
    }
    const container = new Container();
    const open = async () => {
      // Longer than a host with nothing to do takes for its start.
      for (let turn = 0; turn < 50; turn++) await setImmediate();
      return 'open';
    };
    container.bind('opened').toDynamicValue(open).inSingletonScope();
    await using host = await startHost({ register: [Shop], container });
    expect(await host.client.callEntity(new EntityId('Shop', 's'), 'sign')).to.equal('open');
  });

  it('idle() names code outside that does not end', async () => {
    const sleeper = defineActivity('Sleeper', () => new Promise<void>(() => {}));
    const sleep = defineOrchestration('Sleep', (context) => context.callActivity(sleeper));
    await using host = await startHost({ register: [sleeper, sleep], timeLimit: 500 });
    await host.client.startNew(sleep, { instanceId: 'night' });
    const error = await failure(host.idle());
    expect(error).to.be.instanceOf(TestStuckError);
    expect(error.message).to.match(/activity Sleeper of "night" has run for \d+ ms/);
  });

  it('a wait of a client names code outside that does not end', async () => {
    const stuck = defineEntity('Stuck', () => new Promise(() => {}));
    await using host = await startHost({ register: [stuck], timeLimit: 500 });
    const error = await failure(host.client.callEntity(new EntityId('Stuck', 's'), 'wait'));
    expect(error.message).to.match(/call wait @stuck@s[^]*operation wait of @stuck@s has run/);
  });

  it('idle() rejects if instances keep each other busy for ever', async () => {
    const restless = defineOrchestration('Restless', async (context): Promise<never> => context.continueAsNew());
    await using host = await startHost({ register: [restless], timeLimit: 100 });
    void host.client.startNew(restless).catch(() => {});
    expect((await failure(host.idle())).message).to.include('there was always more to do');
  });

  it('virtual time moves while an activity awaits an answer of its host', async () => {
    let client: DurableClient | undefined;
    const ask = defineActivity('Ask', async () => {
      const run = await client!.startNew(reminder, { input: 'asked', instanceId: 'inner' });
      return run.result({ timeout: '10 days' });
    });
    const outer = defineOrchestration('Outer', (context): Promise<string> => context.callActivity(ask));
    await using host = await startHost({ register: [lists, reminder, ask, outer] });
    client = host.client;
    const run = await client.startNew(outer);
    await host.advance('4 days');
    expect(await run.result()).to.equal('asked at 2026-01-04T00:00:00.000Z');
  });

  it('a wait of a client rejects with TestStuckError if it needs time to move', async () => {
    await using host = await startHost({ register: programs, timeLimit: 500 });
    const run = await host.client.startNew(reminder, { input: 'tea', instanceId: 'r' });
    const error = await failure(run.result());
    expect(error).to.be.instanceOf(TestStuckError);
    expect(error.message).to.include('watchRun r').and.include('a timer of r is due at 2026-01-04T00:00:00.000Z');
    expect(error).to.have.property('hint').that.includes('host.until');
  });
});

describe('TestHost: what it shows', () => {
  it('host.logs keeps log lines, and the logger option receives them', async () => {
    const passed: string[] = [];
    const keep = (_: object, message: string) => void passed.push(message);
    const talk = defineOrchestration('Talk', async (context) => context.log.info('said', { loud: true }));
    await using host = await startHost({
      register: [talk],
      logger: { debug: keep, info: keep, warn: keep, error: keep },
    });
    await (await host.client.startNew(talk, { instanceId: 't' })).result();
    expect(host.logs).to.deep.include({ level: 'info', fields: { instance: 't', loud: true }, message: 'said' });
    expect(passed).to.include('said');
  });

  it('host.failedSignals keeps failed signals, and onSignalFailed receives them', async () => {
    const passed: string[] = [];
    await using host = await startHost({
      register: programs,
      onSignalFailed: (error, { operationName }) => void passed.push(`${operationName}: ${error.name}`),
    });
    await host.client.signalEntity(list, 'fail');
    await host.idle();
    expect(host.failedSignals).to.have.length(1);
    const [failed] = host.failedSignals;
    expect(failed).to.deep.include({ entityId: list, operationName: 'fail' });
    expect((failed as RecordedFailedSignal).error.cause).to.have.property('message', 'no');
    expect(passed).to.deep.equal(['fail: EntityOperationFailedError']);
  });

  it('stop() rejects the waits of clients', async () => {
    const host = await startHost({ register: programs });
    const run = await host.client.startNew(reminder, { input: 'tea' });
    const waiting = failure(run.result());
    await host.stop();
    await host.stop();
    expect((await waiting).name).to.equal('HostStoppedError');
    expect((await failure(host.client.signalEntity(list, 'append', 1))).name).to.equal('HostStoppedError');
  });

  it('stop() ends while code runs outside, and aborts its signal', async () => {
    let told: unknown;
    const sleeper = defineActivity('Sleeper', async (context) => {
      await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()));
      told = context.signal.reason;
    });
    const sleep = defineOrchestration('Sleep', (context) => context.callActivity(sleeper));
    const host = await startHost({ register: [sleeper, sleep] });
    await host.client.startNew(sleep);
    await host.stop();
    expect(told).to.have.property('name', 'HostStoppedError');
  });
});
