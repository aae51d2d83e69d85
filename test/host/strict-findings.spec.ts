import { expect } from 'chai';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  Entity,
  EntityId,
  Operation,
  type OrchestrationContext,
} from '../../src/index.js';
import { ClassLostError, NotAwaitedError, StateChangedLaterError, type DurableError } from '../../src/errors/index.js';
import { TestHost } from '../../src/testing/index.js';

const work = defineActivity('Work', () => 'done');
const boom = defineActivity('Boom', () => {
  throw new RangeError('boom');
});
const counter = defineEntity('Counter', { effects: 'none' }, (context) => context.operationName);
const child = defineOrchestration('Child', async () => 'done');
const id = new EntityId('Counter', 'a');

class Money {
  constructor(readonly cents: number) {}
  plus(other: Money): Money {
    return new Money(this.cents + other.cents);
  }
}
class Plain {
  cents = 1;
}
class Ledger extends Map<string, number> {
  total(): number {
    return [...this.values()].reduce((sum, each) => sum + each, 0);
  }
}
class Amount extends Money {
  toJSON(): number {
    return this.cents;
  }
}

@Entity()
class Wallet {
  cents = 0;
  notes: string[] = [];
  @Operation({ input: Money })
  put(money: Money): Money {
    this.cents = new Money(this.cents).plus(money).cents;
    return new Money(this.cents);
  }
  @Operation()
  take(money: { readonly cents: number }): void {
    this.cents -= money.cents;
  }
  @Operation()
  note(): void {
    kept.push(this.notes);
    this.notes.push('now');
  }
}
const kept: string[][] = [];

const warningsOf = (host: TestHost, code: string) =>
  host.logs.filter(({ level, fields }) => level === 'warn' && (fields as { code?: unknown }).code === code);

/** Runs an orchestration twice in a host with strict mode, and returns its warnings with this code. */
async function found(code: string, run: (context: OrchestrationContext) => unknown, strict: 'warn' | 'off' = 'warn') {
  const order = defineOrchestration('Order', async (context) => run(context));
  await using host = await TestHost.start({ register: [order, work, boom, counter, child, Wallet], strict });
  for (const instanceId of ['one', 'two']) {
    await host.until((await host.client.startNew(order, { instanceId })).result());
  }
  return warningsOf(host, code);
}

const failureOf = (promise: Promise<unknown>): Promise<DurableError> =>
  promise.then(
    () => expect.fail('it has not failed'),
    (error: DurableError) => error,
  );

describe('strict mode: a forgotten await', () => {
  for (const [member, request] of [
    ['callActivity', (context: OrchestrationContext) => void context.callActivity(work)],
    ['callActivity', (context: OrchestrationContext) => void context.callActivity(work, undefined, { timeout: '1m' })],
    [
      'callActivity',
      (context: OrchestrationContext) =>
        void context.callActivity(work, undefined, { retry: { maxAttempts: 2, firstRetryInterval: '1s' } }),
    ],
    ['callEntity', (context: OrchestrationContext) => void context.callEntity(id, 'look')],
    ['callEntity', (context: OrchestrationContext) => void context.createEntityProxy(Wallet, 'a').put(new Money(1))],
    ['callSubOrchestration', (context: OrchestrationContext) => void context.callSubOrchestration(child)],
    ['createTimer', (context: OrchestrationContext) => void context.createTimer('1 hour')],
    ['lock', (context: OrchestrationContext) => void context.lock(id)],
  ] as const) {
    it(`M6: ${String(request).replaceAll(/\s+/g, ' ').slice(18)} is logged once, with the place of the call`, async () => {
      const warnings = await found('DE_NOT_AWAITED', async (context) => {
        request(context);
        await context.createTimer('1s');
      });
      expect(warnings).to.have.length(1);
      const [{ message, fields }] = warnings as [(typeof warnings)[0]];
      expect(message).to.match(
        new RegExp(
          String.raw`^Orchestration "Order" ends without awaiting context\.${member} at ".*strict-findings\.spec\.[jt]s:\d+:\d+\)?"\. Await`,
        ),
      );
      expect(fields).to.deep.equal({ instance: 'one', orchestration: 'Order', code: 'DE_NOT_AWAITED' });
    });
  }

  it('M6: a promise that fails and that nobody awaits is logged too', async () => {
    const warnings = await found('DE_NOT_AWAITED', async (context) => {
      void context.callActivity(boom);
      await context.createTimer('1s');
    });
    expect(warnings).to.have.length(1);
  });

  it('M6: a forgotten await is found before continueAsNew', async () => {
    const order = defineOrchestration('Order', async (context, rounds: number) => {
      if (rounds === 0) return;
      void context.callActivity(work);
      await context.createTimer('1s');
      await context.continueAsNew(rounds - 1);
    });
    await using host = await TestHost.start({ register: [order, work], strict: 'warn' });
    await host.until((await host.client.startNew(order, { input: 2 })).result());
    expect(warningsOf(host, 'DE_NOT_AWAITED')).to.have.length(1);
  });

  it('says nothing of promises that are awaited, raced, returned, passed on or caught, and of timers that are cancelled', async () => {
    const warnings = await found('DE_NOT_AWAITED', async (context) => {
      const timer = context.createTimer('1 day');
      await Promise.race([timer, context.callActivity(work)]);
      timer.cancel();
      context.createTimer('1 day').cancel();
      void context.waitForExternalEvent('never');
      await Promise.all([context.callActivity(work), context.callEntity(id, 'look')]);
      context.callActivity(boom).catch(() => 'caught');
      const later = context.callActivity(work);
      await context.createTimer('1s');
      await later;
      using _section = await context.lock(id);
      return context.callActivity(work);
    });
    expect(warnings.map(({ message }) => message)).to.deep.equal([]);
  });

  it('says nothing with off', async () => {
    expect(await found('DE_NOT_AWAITED', (context) => void context.callActivity(work), 'off')).to.deep.equal([]);
  });

  it('with error, fails the orchestration', async () => {
    const order = defineOrchestration('Order', async (context) => void context.callActivity(work));
    await using host = await TestHost.start({ register: [order, work], strict: 'error' });
    const { cause } = await failureOf(host.until((await host.client.startNew(order)).result()));
    expect(cause).to.be.instanceOf(NotAwaitedError);
    expect(cause).to.include({ code: 'DE_NOT_AWAITED', member: 'callActivity', orchestrationName: 'Order' });
  });

  it('tracks at most 1,000 requests of an execution, and each call is one place', async () => {
    const warnings = await found('DE_NOT_AWAITED', async (context) => {
      for (let index = 0; index < 1_500; index++) void context.callEntity(id, 'look');
      await context.createTimer('1s');
    });
    expect(warnings).to.have.length(1);
  });
});

describe('strict mode: an object that loses its class', () => {
  /** The messages of a host in which an activity returns this value, and an orchestration sends it. */
  async function lost(value: unknown) {
    const give = defineActivity('Give', (_context, _input: unknown) => value);
    const order = defineOrchestration('Order', async (context) => {
      await context.callActivity(give, value);
    });
    await using host = await TestHost.start({ register: [give, order], strict: 'warn' });
    for (let round = 0; round < 2; round++) await host.until((await host.client.startNew(order)).result());
    return warningsOf(host, 'DE_CLASS_LOST').map(({ message }) => message);
  }

  it('M6: an input and a result of an activity are logged once each, with the place or the name', async () => {
    const messages = await lost({ payments: [new Plain(), new Money(1)] });
    expect(messages).to.have.length(2);
    expect(messages[0]).to.match(
      /^The input at "Object\.handler .*strict-findings\.spec\.[jt]s:\d+:\d+\)" loses a class: input\.payments\[1\] is an object of the class "Money", and arrives without "plus"\. Send plain data/,
    );
    expect(messages[1]).to.match(
      /^The result of activity "Give" loses a class: result\.payments\[1\] is an object of the class "Money"/,
    );
  });

  for (const [what, value] of [
    ['a Map with methods of its own', new Ledger([['a', 1]])],
    ['an object in a Map', new Map([['a', new Money(1)]])],
    ['an object in a Set', new Set([new Money(1)])],
    ['an object of a derived class', new (class Tip extends Money {})(1)],
  ] as const) {
    it(`M6: ${what} is found`, async () => {
      expect(await lost(value)).to.have.length(2);
    });
  }

  it('says nothing of data, of classes without methods, and of objects with a form of their own', async () => {
    const data = {
      nothing: null,
      list: [1, 'a', true, 1n],
      date: new Date(0),
      map: new Map([[{ a: 1 }, new Set([1])]]),
      bytes: Buffer.from('a'),
      id,
      error: new RangeError('boom'),
      plain: new Plain(),
      bare: Object.assign(Object.create(null), { a: 1 }),
      amount: new Amount(1),
    };
    expect(await lost(data)).to.deep.equal([]);
  });

  it('M6: an operation that names the class of its input gets the object, and any other is told', async () => {
    await using host = await TestHost.start({ register: [Wallet], strict: 'warn' });
    const { client } = host;
    await host.until(client.callEntity(Wallet, 'a', (wallet) => wallet.put(new Money(3))));
    await host.until(client.signalEntity(Wallet, 'a', (wallet) => wallet.take(new Money(1))));
    const messages = warningsOf(host, 'DE_CLASS_LOST').map(({ message }) => message);
    expect(messages).to.have.length(2);
    expect(messages[0]).to.match(
      /^The result of entity "wallet" loses a class: result is an object of the class "Money"/i,
    );
    expect(messages[1]).to.match(/^The input at ".*strict-findings\.spec\.[jt]s:\d+:\d+\)?" loses a class: input is/);
  });

  it('with error, refuses the input and fails the activity', async () => {
    const give = defineActivity('Give', (_context, _input: unknown) => new Money(1));
    const order = defineOrchestration('Order', async (context, what: string) =>
      what === 'result' ? context.callActivity(give) : context.callActivity(give, new Money(1)),
    );
    await using host = await TestHost.start({ register: [give, order], strict: 'error' });
    for (const input of ['result', 'input']) {
      const error = await failureOf(host.until((await host.client.startNew(order, { input })).result()));
      const inner = input === 'result' ? (error.cause as Error).cause : error.cause;
      expect(inner).to.be.instanceOf(ClassLostError);
      expect(inner).to.include({ path: input, className: 'Money', method: 'plus' });
    }
  });
});

describe('strict mode: a state that is changed after its operation', () => {
  it('M6: the next operation tells the entity, the operation before and the field, and does not see the change', async () => {
    await using host = await TestHost.start({ register: [Wallet], strict: 'warn', evictAfterEachTurn: false });
    const { client } = host;
    const note = () => host.until(client.callEntity(new EntityId('Wallet', 'a'), 'note'));
    for (let round = 0; round < 3; round++) {
      await note();
      kept.at(-1)?.push('later');
    }
    const warnings = warningsOf(host, 'DE_STATE_CHANGED_LATER');
    expect(warnings.map(({ message }) => message)).to.deep.equal([
      'The state of @wallet@a was changed after operation "note" had ended: "notes". The change is dropped. Await everything before the operation ends, or signal the entity later.',
    ]);
    expect(warnings[0]?.fields).to.deep.equal({
      entity: '@wallet@a',
      operation: 'note',
      code: 'DE_STATE_CHANGED_LATER',
    });
    const { entityState } = await client.readEntityState(Wallet, 'a');
    expect(entityState?.notes).to.deep.equal(['now', 'now', 'now']);
  });

  it('says nothing of states that are left alone', async () => {
    await using host = await TestHost.start({ register: [Wallet], strict: 'error', evictAfterEachTurn: false });
    for (let round = 0; round < 3; round++) {
      await host.until(host.client.callEntity(new EntityId('Wallet', 'a'), 'note'));
    }
    expect(host.logs.filter(({ level }) => level === 'warn')).to.deep.equal([]);
  });

  it('with error, fails the operation that finds it, and the one after works', async () => {
    await using host = await TestHost.start({ register: [Wallet], strict: 'error', evictAfterEachTurn: false });
    const note = () => host.until(host.client.callEntity(new EntityId('Wallet', 'a'), 'note'));
    await note();
    kept.at(-1)?.push('later');
    const { cause } = await failureOf(note());
    expect(cause).to.be.instanceOf(StateChangedLaterError);
    expect(cause).to.deep.include({ entityId: '@wallet@a', operationName: 'note', fields: ['notes'] });
    await note();
  });
});
