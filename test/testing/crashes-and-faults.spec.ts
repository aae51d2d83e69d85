import { expect } from 'chai';
import { defineActivity, defineEntity, defineOrchestration, EntityId, type DurableError } from '../../src/index.js';
import { crashEverywhere, TestHost, TestHostCrashedError, type Faults } from '../../src/testing/index.js';
import {
  buy,
  charge,
  Counter,
  failure,
  list,
  lists,
  mail,
  mailer,
  outside,
  programs,
  reminder,
  startHost,
} from './programs.js';

const valueOf = async (host: TestHost) => (await host.client.readEntityState(Counter, 'a')).entityState?.value;
const add = (host: TestHost, amount: number, requestId?: string) =>
  host.client.callEntity(Counter, 'a', (counter) => counter.add(amount), { requestId });

describe('TestHost: crashes', () => {
  beforeEach(() => void outside.splice(0));

  it('the next process of a test host has all acknowledged work', async () => {
    let host = await startHost({ register: programs });
    await add(host, 5);
    host = await host.crash();
    expect(await valueOf(host)).to.equal(5);
    await host.stop();
  });

  it('a crash loses uncommitted work and rejects the promise of its sender', async () => {
    let host = await startHost({ register: programs });
    const unanswered = failure(add(host, 5));
    host = await host.crash();
    expect(await unanswered).to.be.instanceOf(TestHostCrashedError);
    await host.idle();
    expect(await valueOf(host)).to.equal(undefined);
    await host.stop();
  });

  it('orchestrations continue after a crash at the same place and virtual time', async () => {
    let host = await startHost({ register: programs });
    const { instanceId } = await host.client.startNew(reminder, { input: 'tea' });
    await host.advance('1 day');
    host = await host.crash();
    expect(host.now.toISOString()).to.equal('2026-01-02T00:00:00.000Z');
    expect(await host.until(host.client.run(reminder, instanceId).result())).to.equal(
      'tea at 2026-01-04T00:00:00.000Z',
    );
    await host.stop();
  });

  it('timers that become due without a process fire in the next process', async () => {
    let host = await startHost({ register: programs });
    const { instanceId } = await host.client.startNew(reminder, { input: 'tea' });
    host = await host.crash({ downFor: '10 days' });
    expect(await host.client.run(reminder, instanceId).result()).to.equal('tea at 2026-01-11T00:00:00.000Z');
    await host.stop();
  });

  it('a crashed host rejects every call with TestHostCrashedError', async () => {
    const old = await startHost({ register: programs });
    expect(old.crashed).to.equal(false);
    const run = await old.client.startNew(reminder, { input: 'tea' });
    const waiting = failure(run.result());
    const following = failure(run.waitForStatus(() => false));
    await using next = await old.crash();
    expect(old.crashed).to.equal(true);
    expect(await waiting).to.be.instanceOf(TestHostCrashedError);
    expect(await following).to.be.instanceOf(TestHostCrashedError);
    expect(await failure(run.result())).to.be.instanceOf(TestHostCrashedError);
    expect(await failure(old.client.startNew(reminder, { input: 'x' }))).to.be.instanceOf(TestHostCrashedError);
    await old.idle();
    await old.stop();
    expect((await next.client.run(reminder, run.instanceId).status())?.runtimeStatus).to.equal('running');
  });

  it('the next process runs the code of the option register', async () => {
    const next = defineOrchestration('Reminder', async (context, text: string): Promise<string> => {
      await context.createTimer('3 days');
      return context.patched('shout') ? `${text}!` : text;
    });
    const first = defineOrchestration('Reminder', async (context, text: string): Promise<string> => {
      await context.createTimer('3 days');
      return text;
    });
    let host = await startHost({ register: [first] });
    const { instanceId } = await host.client.startNew(first, { input: 'tea' });
    host = await host.restart({ register: [next] });
    expect(await host.until(host.client.run(next, instanceId).result())).to.equal('tea!');
    await host.stop();
  });

  it('an activity runs again after its process has crashed', async () => {
    let host = await startHost({ register: programs });
    host.faults.crashAfterCommit(1);
    const started = failure(host.client.startNew(buy, { input: 'a', instanceId: 'order' }));
    expect(await started).to.be.instanceOf(TestHostCrashedError);
    expect(outside).to.deep.equal([]);
    host = await host.crash();
    await host.idle();
    expect(outside).to.deep.equal(['a']);
    expect(await host.client.run(buy, 'order').result()).to.equal('receipt of a');
    await host.stop();
  });

  it('an activity that ends its process in each attempt becomes a dead letter, as in production', async () => {
    let runs = 0;
    let die = () => {};
    const deadly = defineActivity('Deadly', () => {
      runs++;
      die();
    });
    const caller = defineOrchestration('Caller', (context): Promise<void> => context.callActivity(deadly));
    const faults = (planned: Faults) => {
      die = () => planned.crashBeforeCommit();
    };
    let host = await startHost({ register: [deadly, caller] });
    faults(host.faults);
    await host.client.startNew(caller, { instanceId: 'c' });
    await host.idle();
    for (let deaths = 0; host.crashed && deaths < 10; deaths++) {
      host = await host.crash({ faults });
      await host.idle();
    }
    const error = await failure(host.client.run(caller, 'c').result());
    expect(error.message).to.include('Deadly');
    expect(error).to.have.property('name', 'OrchestrationFailedError');
    expect((error as DurableError).is('MessageAbandonedError')).to.equal(true);
    expect(runs).to.be.within(3, 5);
    await host.stop();
  });
});

describe('TestHost: faults', () => {
  beforeEach(() => void outside.splice(0));

  it('a commit without an answer loses nothing and repeats nothing, applied or not', async () => {
    for (const applied of [false, true]) {
      await using host = await startHost({ register: programs });
      host.faults.failNextCommit({ applied });
      expect(await add(host, 5)).to.equal(5);
      expect(await valueOf(host)).to.equal(5);
      expect(host.logs.map(({ message }) => message)).to.include('The worker reads its state again from storage.');
    }
  });

  it('a host pauses after several commits without an answer, until time moves', async () => {
    await using host = await startHost({ register: programs });
    host.faults.failNextCommit({ times: 4 });
    const answer = add(host, 5);
    await host.advance('5s');
    expect(await answer).to.equal(5);
  });

  it('a crash before a commit loses the commit, and a crash after it loses only the answer', async () => {
    for (const [when, expected] of [
      ['crashBeforeCommit', undefined],
      ['crashAfterCommit', 5],
    ] as const) {
      let host = await startHost({ register: programs });
      host.faults[when]();
      expect(await failure(add(host, 5, 'once'))).to.be.instanceOf(TestHostCrashedError);
      host = await host.crash();
      await host.idle();
      expect(await valueOf(host)).to.equal(expected);
      expect(await add(host, 5, 'once')).to.equal(5);
      await host.stop();
    }
  });

  it('crashBeforeCommit counts commits from now on, without empty ones', async () => {
    let host = await startHost({ register: programs, leaseDuration: '15s' });
    await add(host, 1);
    const each = host.faults.commits;
    host.faults.crashAfterCommit(each + 1);
    await add(host, 1);
    expect(host.faults.commits).to.equal(2 * each);
    await host.advance('1 minute');
    expect(host.crashed).to.equal(false);
    expect(await failure(add(host, 1))).to.be.instanceOf(TestHostCrashedError);
    host = await host.crash();
    await host.idle();
    expect(await valueOf(host)).to.equal(3);
    await host.stop();
  });

  it('failActivity fails the planned number of attempts without running the code', async () => {
    await using host = await startHost({ register: programs });
    host.faults.failActivity(charge, new RangeError('card refused'), 3);
    const run = await host.client.startNew(buy, { input: 'a' });
    await host.advance('1 hour');
    const error = await failure(run.result());
    expect(error.message).to.include('card refused');
    expect(outside).to.deep.equal([]);
  });

  it('an activity with a lost outcome runs twice, and its orchestration receives one result', async () => {
    await using host = await startHost({ register: programs });
    host.faults.repeat(charge);
    const run = await host.client.startNew(buy, { input: 'a' });
    expect(await run.result()).to.equal('receipt of a');
    expect(outside).to.deep.equal(['a', 'a']);
    expect((await host.client.readEntityState(list)).entityState).to.deep.equal(['receipt of a']);
  });

  it('an external operation with a lost outcome runs twice and changes its state once', async () => {
    await using host = await startHost({ register: programs });
    host.faults.repeat(mailer, 'Send');
    await host.client.signalEntity(mail, 'other', 'first');
    expect(await host.client.callEntity(mail, 'send', 'hello')).to.equal(2);
    expect(outside).to.deep.equal(['first', 'hello', 'hello']);
    await host.client.callEntity(mail, 'send', 'again');
    expect(outside).to.deep.equal(['first', 'hello', 'hello', 'again']);
  });

  it('repeat refuses code without effects outside, and faults refuse invalid numbers', async () => {
    await using host = await startHost({ register: programs });
    const { faults } = host;
    expect(() => faults.repeat(Counter)).to.throw('Counter has no effects outside');
    expect(() => faults.repeat(buy as never)).to.throw('Buy has no effects outside');
    expect(() => faults.repeat({} as never))
      .to.throw()
      .with.property('name', 'RegistrationError');
    expect(() => faults.crashBeforeCommit(0)).to.throw('nth');
    expect(() => faults.failActivity(charge, new Error('x'), 1.5)).to.throw('times');
  });
});

describe('crashEverywhere', () => {
  beforeEach(() => void outside.splice(0));
  const act = async (host: TestHost) => {
    const run = await host.client.startNew(buy, { input: 'a', instanceId: 'order' });
    expect(await host.until(run.result())).to.equal('receipt of a');
  };

  it('crashEverywhere crashes before and after each commit and finds code that is not idempotent', async () => {
    const error = await failure(
      crashEverywhere(
        { register: programs },
        {
          prepare: () => void outside.splice(0),
          act,
          check: async () => expect(outside).to.deep.equal(['a']) as never,
        },
      ),
    );
    expect(error.message).to.match(/^Crash before commit \d+: expected \[ 'a', 'a' \]/);
  });

  it('crashEverywhere passes for idempotent code and returns the number of crashes', async () => {
    const paid = new Set<string>();
    const once = defineActivity('Charge', async (_context, order: string): Promise<string> => {
      paid.add(order);
      return `receipt of ${order}`;
    });
    let checks = 0;
    const crashes = await crashEverywhere(
      { register: [lists, buy, once] },
      {
        act,
        check: async (host) => {
          checks++;
          expect([...paid]).to.deep.equal(['a']);
          expect((await host.client.readEntityState(list)).entityState).to.deep.equal(['receipt of a']);
        },
      },
    );
    expect(crashes).to.be.greaterThanOrEqual(4);
    expect(checks).to.equal(crashes + 1);
  });

  it('crashEverywhere reports errors of the scenario itself', async () => {
    const refuse = defineEntity('Refuse', { effects: 'none' }, () => {
      throw new Error('never');
    });
    const error = await failure(
      crashEverywhere(
        { register: [refuse] },
        {
          act: async (host) => void (await host.client.callEntity(new EntityId('Refuse', 'r'), 'any')),
          check: async () => {},
        },
      ),
    );
    expect(error.message).to.include('never');
  });
});
