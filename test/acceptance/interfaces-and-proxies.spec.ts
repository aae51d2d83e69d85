import { inspect } from 'node:util';
import { expect } from 'chai';
import {
  defineEntity,
  defineOrchestration,
  Entity,
  EntityId,
  entityInterface,
  EntityOperationFailedError,
  Operation,
  UnknownOperationError,
} from '../../src/index.js';
import {
  AmbiguousEntityError,
  InvalidArgumentError,
  InvalidEntityInterfaceError,
  SerializationError,
  SignalLambdaError,
  UnknownEntityError,
} from '../../src/errors/index.js';
import { acceptance, twoSettings } from './variants.js';
import { eventually, failure, refusal } from './world.js';

interface ICounter {
  add(amount: number): void;
  reset(): Promise<void>;
  get(): Promise<number>;
  delete(): void;
}
const ICounter = entityInterface<ICounter>('ICounter', { add: 'signal', reset: 'call', get: 'call', delete: 'signal' });

interface IAdder {
  plus(amount: number): Promise<number>;
}
const IAdder = entityInterface<IAdder>('IAdder', { plus: 'call' });

interface ILedger extends IAdder {
  post(entry: { amount: bigint; at: Date }): Promise<string>;
}
const ILedger = entityInterface<ILedger>('ILedger', { post: 'call' }, { extends: [IAdder] });

interface IUnused {
  nothing(): void;
}
const IUnused = entityInterface<IUnused>('IUnused', { nothing: 'signal' });

@Entity({ implements: [ICounter], effects: 'none' })
class Counter implements ICounter {
  value = 0;
  add(amount: number): void {
    this.value += amount;
  }
  async reset(): Promise<void> {
    this.value = 0;
  }
  async get(): Promise<number> {
    if (this.value < 0) throw new RangeError('in debt');
    return this.value;
  }
  delete(): void {
    Entity.current.deleteState();
  }
  async unmarked(): Promise<number> {
    return 1;
  }
}

@Entity({ implements: [ICounter, ILedger], effects: 'none' })
class Ledger implements ICounter, ILedger {
  value = 100;
  add(amount: number): void {
    this.value += amount;
  }
  async reset(): Promise<void> {
    this.value = 100;
  }
  async get(): Promise<number> {
    return this.value;
  }
  async plus(amount: number): Promise<number> {
    return (this.value += amount);
  }
  async post(entry: { amount: bigint; at: Date }): Promise<string> {
    return `${entry.amount} at ${entry.at.getTime()}`;
  }
  delete(): void {
    Entity.current.deleteState();
  }
}

@Entity({ effects: 'none' })
class Marked {
  n = 1;
  @Operation() async get(): Promise<number> {
    return this.n;
  }
  @Operation({ oneWay: true }) bump(by: number): void {
    this.n += by;
  }
  @Operation({ name: 'renamed' }) async original(text: string): Promise<string> {
    return text;
  }
  async helper(): Promise<number> {
    return 2;
  }
}

acceptance('interfaces-and-proxies', twoSettings, (world) => {
  it('S126 S128 S134 S138 a client signals and calls through an interface token, by key or id', async () => {
    const client = await world().start([Counter]);
    await client.signalEntity(ICounter, 'c', (counter) => counter.add(3));
    await client.signalEntity(ICounter, new EntityId('Counter', 'c'), (counter) => counter.add(4));
    expect(await client.callEntity(ICounter, 'c', (counter) => counter.get())).to.equal(7);
    expect(await client.callEntity(ICounter, 'c', (counter) => counter.reset())).to.equal(undefined);
    expect(await client.readEntityState(Counter, 'c')).to.deep.equal({ entityExists: true, entityState: { value: 0 } });
    expect((await client.readEntityState(ICounter, 'c')).entityExists).to.equal(true);
    await client.signalEntity(ICounter, 'c', (counter) => counter.delete());
    await eventually(
      async () => ((await client.readEntityState(Counter, 'c')).entityExists ? undefined : true),
      'the delete',
    );
  });

  it('S128 S129 S132 an operation that answers can be signalled; the lambda sees undefined, never a result', async () => {
    const client = await world().start([Counter]);
    let seen: unknown = 'nothing';
    await client.signalEntity(ICounter, 'c', (counter) => counter.add(3));
    await client.signalEntity(ICounter, 'c', (counter) => {
      seen = counter.reset();
    });
    expect(seen instanceof Promise ? await seen : seen).to.equal(undefined);
    expect(await client.callEntity(ICounter, 'c', (counter) => counter.get())).to.equal(0);
  });

  it('S128 a lambda that performs none, several, or one too late is a SignalLambdaError, and nothing is sent', async () => {
    const client = await world().start([Counter]);
    const none = await refusal(
      client.signalEntity(ICounter, 'c', () => {}),
      SignalLambdaError,
      'DE_SIGNAL_LAMBDA',
    );
    expect(none.performed).to.equal(0);
    const two = await refusal(
      client.signalEntity(ICounter, 'c', (counter) => {
        counter.add(1);
        counter.add(2);
      }),
      SignalLambdaError,
      'DE_SIGNAL_LAMBDA',
    );
    expect(two.performed).to.equal(2);
    // eslint-disable-next-line typescript/no-misused-promises -- what the test is about
    const late = client.signalEntity(ICounter, 'c', async (counter) => {
      await Promise.resolve();
      counter.add(1);
    });
    await refusal(late, SignalLambdaError, 'DE_SIGNAL_LAMBDA');
    await refusal(client.signalEntity(ICounter, 'c', undefined as never), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    const thrown = await failure(
      client.signalEntity(ICounter, 'c', () => {
        throw new RangeError('mine');
      }),
    );
    expect(thrown.name).to.equal('RangeError');
    expect((await client.readEntityState(Counter, 'c')).entityExists).to.equal(false);
  });

  it('S139 a call lambda performs one operation that answers, and returns its promise', async () => {
    const client = await world().start([Counter]);
    for (const lambda of [
      () => Promise.resolve(1),
      (counter: ICounter) => counter.add(1),
      (counter: ICounter) => [counter.get(), counter.get()],
      (counter: ICounter) => void counter.get(),
      undefined,
    ]) {
      await refusal(client.callEntity(ICounter, 'c', lambda as never), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    }
    expect(await client.callEntity(ICounter, 'c', (counter) => counter.get())).to.equal(0);
  });

  it('S127 a class may implement several interfaces, and an interface that extends another', async () => {
    const client = await world().start([Ledger]);
    expect(await client.callEntity(IAdder, 'l', (adder) => adder.plus(1))).to.equal(101);
    expect(await client.callEntity(ILedger, 'l', (ledger) => ledger.plus(1))).to.equal(102);
    expect(await client.callEntity(ICounter, 'l', (counter) => counter.get())).to.equal(102);
    expect(await client.callEntity(ILedger, 'l', (ledger) => ledger.post({ amount: 5n, at: new Date(7) }))).to.equal(
      '5 at 7',
    );
  });

  it('S135 S136 a key alone is refused where no class or several implement the token, naming the candidates', async () => {
    const client = await world().start([Counter, Ledger]);
    const none = await refusal(
      client.signalEntity(IUnused, 'k', (proxy) => proxy.nothing()),
      UnknownEntityError,
      'DE_UNKNOWN_ENTITY',
    );
    expect(none.message).to.contain('IUnused');
    const several = await refusal(
      client.signalEntity(ICounter, 'k', (proxy) => proxy.add(1)),
      AmbiguousEntityError,
      'DE_AMBIGUOUS_ENTITY',
    );
    expect([...several.candidates].sort()).to.deep.equal(['counter', 'ledger']);
    expect(several.hint).to.contain('EntityId');
    await refusal(
      client.callEntity(ICounter, 'k', (proxy) => proxy.get()),
      AmbiguousEntityError,
      'DE_AMBIGUOUS_ENTITY',
    );
    await refusal(client.readEntityState(ICounter, 'k'), AmbiguousEntityError, 'DE_AMBIGUOUS_ENTITY');
    const id = new EntityId('Ledger', 'k');
    await client.signalEntity(ICounter, id, (proxy) => proxy.add(1));
    expect(await client.callEntity(Counter, 'k', (counter) => counter.get())).to.equal(0);
    expect(await client.callEntity(ICounter, id, (proxy) => proxy.get())).to.equal(101);
  });

  it('S134 S136 an orchestration and an entity get the same errors for key-only targets', async () => {
    const asks = defineOrchestration('Asks', async (context) => {
      const codes: unknown[] = [];
      for (const attempt of [
        () => context.createEntityProxy(ICounter, 'k'),
        () => context.createEntityProxy(IUnused, 'k'),
        () => context.signalEntity(ICounter, 'k', (proxy) => proxy.add(1)),
      ]) {
        try {
          attempt();
          codes.push('fine');
        } catch (error) {
          codes.push((error as AmbiguousEntityError).code);
        }
      }
      codes.push(await context.lock([ICounter, 'k']).catch((error: unknown) => (error as AmbiguousEntityError).code));
      return codes;
    });
    const sender = defineEntity('Sender', (context) => {
      try {
        return context.signalEntity(ICounter, 'k', (proxy) => proxy.add(1));
      } catch (error) {
        return (error as AmbiguousEntityError).code;
      }
    });
    const client = await world().start([Counter, Ledger, asks, sender]);
    expect(await (await client.startNew(asks)).result()).to.deep.equal([
      'DE_AMBIGUOUS_ENTITY',
      'DE_UNKNOWN_ENTITY',
      'DE_AMBIGUOUS_ENTITY',
      'DE_AMBIGUOUS_ENTITY',
    ]);
    expect(await client.callEntity(new EntityId('Sender', ''), 'go')).to.equal('DE_AMBIGUOUS_ENTITY');
  });

  it('S64 S130 S131 S138 S196 a proxy of an orchestration signals void operations, calls the others, and rethrows', async () => {
    const uses = defineOrchestration('Uses', async (context) => {
      const counter = context.createEntityProxy(ICounter, 'p');
      const signalled: unknown = counter.add(5);
      counter.add(-10);
      const error = await counter.get().catch((thrown: unknown) => thrown as EntityOperationFailedError);
      counter.add(6);
      return [
        signalled,
        (error as EntityOperationFailedError).is('RangeError'),
        (error as EntityOperationFailedError).operationName,
        await counter.get(),
      ];
    });
    const client = await world().start([Counter, uses]);
    expect(await (await client.startNew(uses)).result()).to.deep.equal([undefined, true, 'get', 1]);
  });

  it('S132 S133 S100 typed signals, also scheduled ones, work in orchestrations, entities and clients', async () => {
    const uses = defineOrchestration('Uses', async (context) => {
      context.signalEntity(ICounter, 's', (counter) => counter.add(1));
      context.signalEntity(ICounter, 's', (counter) => counter.add(10), { scheduledTime: Date.now() + 10 });
      context.signalEntity(ICounter, 's', (counter) => counter.get());
    });
    const sender = defineEntity('Sender', (context) => {
      context.signalEntity(ICounter, 's', (counter) => counter.add(100));
      Entity.current.signalEntity(ICounter, new EntityId('Counter', 's'), (counter) => counter.add(1_000), {
        scheduledTime: Date.now() + 10,
      });
    });
    const client = await world().start([Counter, uses, sender]);
    await (await client.startNew(uses)).result();
    await client.callEntity(new EntityId('Sender', ''), 'go');
    await client.signalEntity(ICounter, 's', (counter) => counter.add(10_000), { scheduledTime: Date.now() + 10 });
    await eventually(
      async () => ((await client.callEntity(ICounter, 's', (counter) => counter.get())) === 11_111 ? true : undefined),
      'all five',
    );
  });

  it('S126 a registered class is a token: @Operation() calls, { oneWay } signals, names are sent as declared', async () => {
    const uses = defineOrchestration('Uses', async (context) => {
      const marked = context.createEntityProxy(Marked, 'm');
      marked.bump(4);
      return [await marked.get(), await marked.original('text')];
    });
    const client = await world().start([Marked, uses]);
    expect(await (await client.startNew(uses)).result()).to.deep.equal([5, 'text']);
    expect(await client.callEntity(Marked, 'm', (marked) => marked.get())).to.equal(5);
  });

  it('S72 a public method that is not an operation throws UnknownOperationError at the call site, before anything is sent', async () => {
    const uses = defineOrchestration('Uses', async (context) => {
      const marked = context.createEntityProxy(Marked, 'm');
      try {
        await marked.helper();
        return 'fine';
      } catch (error) {
        return (error as UnknownOperationError).code;
      }
    });
    const client = await world().start([Marked, Counter, uses]);
    expect(await (await client.startNew(uses)).result()).to.equal('DE_UNKNOWN_OPERATION');
    await refusal(
      client.callEntity(Marked, 'm', (marked) => marked.helper()),
      UnknownOperationError,
      'DE_UNKNOWN_OPERATION',
    );
    await refusal(
      client.signalEntity(Marked, 'm', (marked) => marked.helper()),
      UnknownOperationError,
      'DE_UNKNOWN_OPERATION',
    );
    await refusal(
      client.callEntity(Counter, 'm', (counter) => counter.unmarked()),
      UnknownOperationError,
      'DE_UNKNOWN_OPERATION',
    );
    expect((await client.readEntityState(Marked, 'm')).entityExists).to.equal(false);
  });

  it('S137 interface rules are checked when a token is made, all problems at once', async () => {
    const bad = await refusal(
      () =>
        entityInterface<ICounter>('Bad', {
          add: 'maybe',
          toString: 'call',
          get: 7,
          get2: 'call',
          GET2: 'call',
        } as never),
      InvalidEntityInterfaceError,
      'DE_INVALID_INTERFACE',
    );
    expect(bad.interfaceName).to.equal('Bad');
    expect(bad.problems.length).to.be.at.least(4);
    for (const kinds of [
      {},
      undefined,
      [],
      { constructor: 'call' },
      { toJSON: 'call' },
      { ['__proto__']: 'call' },
      { toString: 'call' },
      JSON.parse('{"then":"call"}'),
    ]) {
      await refusal(
        () => entityInterface<ICounter>('Bad', kinds as never),
        InvalidEntityInterfaceError,
        'DE_INVALID_INTERFACE',
      );
    }
    await refusal(
      () => entityInterface<ICounter>('', { add: 'signal' } as never),
      InvalidEntityInterfaceError,
      'DE_INVALID_INTERFACE',
    );
  });

  it('S137 a class that lacks an operation of its interface is refused at registration', async () => {
    @Entity({ implements: [ICounter] } as object)
    class Incomplete {
      async get(): Promise<number> {
        return 1;
      }
    }
    const error = await refusal(world().start([Incomplete]), InvalidEntityInterfaceError, 'DE_INVALID_INTERFACE');
    expect(error.message).to.contain('Incomplete').and.to.contain('add').and.to.contain('reset');
  });

  it('S141 a proxy is inert: awaiting, printing, comparing and JSON-ing it sends nothing', async () => {
    const uses = defineOrchestration('Uses', async (context) => {
      const proxy = context.createEntityProxy(ICounter, 'inert');
      const awaited = await Promise.resolve(proxy);
      // eslint-disable-next-line typescript/no-base-to-string -- what the test is about
      const shown = [inspect(proxy), JSON.stringify({ proxy }), String(proxy), typeof Reflect.get(proxy, 'then')];
      void [proxy === awaited, 'add' in proxy, Object.keys(proxy), Symbol.iterator in proxy, proxy instanceof Object];
      return shown;
    });
    const client = await world().start([Counter, uses]);
    const shown = await (await client.startNew(uses)).result();
    expect(shown[3]).to.equal('undefined');
    expect(shown.join(' ')).to.contain('@counter@inert');
    expect((await client.readEntityState(Counter, 'inert')).entityExists).to.equal(false);
    expect(world().failedSignals).to.deep.equal([]);
  });

  it('S140 S117 a proxy copies its argument at the call, and refuses one that cannot be sent', async () => {
    const uses = defineOrchestration('Uses', async (context) => {
      const ledger = context.createEntityProxy(ILedger, 'l');
      const entry = { amount: 1n, at: new Date(1) };
      const posted = ledger.post(entry);
      entry.amount = 2n;
      entry.at.setTime(99);
      const bad = await ledger
        .post({ amount: (() => 1) as never, at: new Date(1) })
        .catch((error: unknown) => [(error as SerializationError).code, (error as SerializationError).path]);
      return [await posted, bad];
    });
    const client = await world().start([Ledger, uses]);
    expect(await (await client.startNew(uses)).result()).to.deep.equal([
      '1 at 1',
      ['DE_SERIALIZATION', 'input.amount'],
    ]);
  });

  it('a value that is not a token gives InvalidArgumentError in every place', async () => {
    const client = await world().start([Counter]);
    for (const token of [{}, { interfaceName: 'ICounter' }, 'ICounter', undefined, null, () => 1, 7]) {
      await refusal(
        client.signalEntity(token as never, 'k', () => {}),
        InvalidArgumentError,
        'DE_INVALID_ARGUMENT',
      );
      await refusal(client.readEntityState(token as never, 'k'), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
    }
    for (const target of [undefined, null, 7, {}]) {
      await refusal(
        client.signalEntity(ICounter, target as never, (counter) => counter.add(1)),
        InvalidArgumentError,
        'DE_INVALID_ARGUMENT',
      );
    }
  });

  it('trap 1 of the seed: a void add of a locked entity is a rule broken, and the error says just this', async () => {
    const transfer = defineOrchestration('Transfer', async (context) => {
      using _section = await context.lock([Counter, 'a']);
      try {
        context.createEntityProxy(ICounter, 'a').add(1);
        return [];
      } catch (error) {
        return [(error as SerializationError).code, (error as SerializationError).hint];
      }
    });
    const client = await world().start([Counter, transfer]);
    const [code, hint] = await (await client.startNew(transfer)).result();
    expect(code).to.equal('DE_SIGNAL_LOCKED');
    expect(hint).to.contain('Promise').and.to.contain('void');
  });
});
