import { inspect } from 'node:util';
import { expect } from 'chai';
import { Entity, Operation, createClassSupport, entityInterface } from '../../src/classes/index.js';
import {
  AmbiguousEntityError,
  InvalidArgumentError,
  InvalidEntityInterfaceError,
  SignalLambdaError,
  UnknownEntityError,
  UnknownOperationError,
} from '../../src/errors/index.js';
import { recordCall, recordSignal } from '../../src/functions/signal-lambda.js';
import type { OperationSender } from '../../src/functions/support.js';
import { EntityId } from '../../src/model/entity-id.js';
import { Counter, ICounter, LoudCounter } from './counter.js';
import { thrownBy } from './fake-entity.js';

const id = new EntityId('Counter', 'a');

function proxyOf(
  token: unknown,
  registered: unknown[] = [Counter],
): { proxy: Record<string, (...args: unknown[]) => unknown>; sent: string[] } {
  const sent: string[] = [];
  const sender: OperationSender = {
    signal: (target, operation, input) =>
      void sent.push(`signal ${target.toString()} ${operation} ${JSON.stringify(input)}`),
    call: async (target, operation, input) => {
      sent.push(`call ${target.toString()} ${operation} ${JSON.stringify(input)}`);
      return 'answer';
    },
  };
  const support = createClassSupport({ registered });
  return { proxy: support.createProxy(token as never, id, sender) as never, sent };
}

@Entity()
class Account {
  balance = 0;
  @Operation({ oneWay: true }) note(): void {}
  @Operation({ name: 'pay-in' }) async payIn(_cents: number): Promise<number> {
    return 0;
  }
  audit(): string {
    return 'no operation';
  }
  delete(): void {}
}

describe('proxies', () => {
  it('S130 S131 signal what returns void and call what returns a Promise', async () => {
    const { proxy, sent } = proxyOf(ICounter);
    expect(proxy['add']!(1)).to.equal(undefined);
    expect(await proxy['get']!()).to.equal('answer');
    expect(sent).to.deep.equal(['signal @counter@a add 1', 'call @counter@a get undefined']);
  });

  it('of a class offer its operations under their method names, with the kind that the decorator states', async () => {
    const { proxy, sent } = proxyOf(Account, [Account]);
    expect(proxy['note']!()).to.equal(undefined);
    await proxy['payIn']!(5);
    await proxy['delete']!();
    expect(sent).to.deep.equal([
      'signal @counter@a note undefined',
      'call @counter@a pay-in 5',
      'call @counter@a delete undefined',
    ]);
    const { proxy: loud, sent: louder } = proxyOf(LoudCounter, [LoudCounter]);
    loud['add']!(1);
    await loud['shout']!();
    expect(louder).to.deep.equal(['signal @counter@a add 1', 'call @counter@a shout undefined']);
  });

  it('refuse an undecorated public method at the call site, before anything is sent', () => {
    const { proxy, sent } = proxyOf(Account, [Account]);
    expect(() => proxy['audit']!()).to.throw(UnknownOperationError, 'audit');
    expect(() => proxy['never']!()).to.throw(UnknownOperationError, 'never');
    expect(() => proxy['pay-in']!()).to.throw(UnknownOperationError);
    expect(sent).to.deep.equal([]);
  });

  it('refuse more than one argument', () => {
    const { proxy, sent } = proxyOf(ICounter);
    expect(() => proxy['add']!(1, 2)).to.throw(InvalidArgumentError, '2 arguments');
    expect(sent).to.deep.equal([]);
  });

  it('refuse a method that was taken off its proxy', () => {
    const { proxy } = proxyOf(ICounter);
    const { add } = proxy;
    expect(() => add!.call(undefined, 1)).to.throw(InvalidArgumentError, 'without its proxy');
  });

  it('S141 are inert: awaiting, printing, JSON-ing, comparing and spreading one sends nothing', async () => {
    const { proxy, sent } = proxyOf(ICounter);
    expect(await Promise.resolve(proxy as unknown)).to.equal(proxy);
    expect(await (async (): Promise<unknown> => proxy)()).to.equal(proxy);
    expect(JSON.stringify({ proxy })).to.equal('{"proxy":{}}');
    expect(inspect(proxy)).to.equal('EntityProxy(ICounter @counter@a)');
    expect(inspect({ deep: [proxy] }, { showProxy: true, showHidden: true })).to.contain('EntityProxy');
    expect(Object.prototype.toString.call(proxy)).to.equal('[object EntityProxy(ICounter)]');
    expect({ ...proxy }).to.deep.equal({});
    expect(proxy instanceof Counter).to.equal(false);
    expect('add' in proxy).to.equal(true);
    for (const name of [
      'then',
      'toJSON',
      'constructor',
      'toString',
      '__proto__',
      'asymmetricMatch',
      'nodeType',
      'inspect',
    ]) {
      expect((proxy as Record<string, unknown>)[name]).to.equal(undefined);
    }
    for (const symbol of [Symbol.iterator, Symbol.asyncIterator]) {
      expect((proxy as unknown as Record<symbol, unknown>)[symbol]).to.equal(undefined);
    }
    expect(() => Object.assign(proxy, { add: 1 })).to.throw(TypeError);
    expect(sent).to.deep.equal([]);
  });

  it('tell which entity they stand for, and nothing else does', () => {
    const support = createClassSupport({ registered: [Counter] });
    const proxy = support.createProxy(ICounter, id, {} as OperationSender);
    expect(support.proxiedEntity(proxy)).to.equal(id);
    for (const other of [undefined, null, 'x', {}, id, Object.create(proxy)])
      expect(support.proxiedEntity(other)).to.equal(undefined);
  });

  it('are made of tokens only', () => {
    const support = createClassSupport({ registered: [] });
    for (const token of [undefined, null, {}, 'ICounter', { interfaceName: 'ICounter' }, () => 1]) {
      expect(() => support.createProxy(token as never, id, {} as OperationSender)).to.throw(
        InvalidArgumentError,
        'token',
      );
    }
  });

  it('S131 a token lists its operations with kind and spelling', () => {
    const support = createClassSupport({ registered: [] });
    expect(support.operationsOf(ICounter)).to.deep.equal([
      { name: 'add', method: 'add', kind: 'signal' },
      { name: 'reset', method: 'reset', kind: 'call' },
      { name: 'get', method: 'get', kind: 'call' },
      { name: 'delete', method: 'delete', kind: 'signal' },
    ]);
    expect(support.operationsOf(Account).map(({ name, kind }) => `${kind} ${name}`)).to.deep.equal([
      'signal note',
      'call pay-in',
      'call delete',
    ]);
  });
});

describe('targets', () => {
  it('S134 take a key alone where exactly one registered class implements the token', () => {
    const support = createClassSupport({ registered: [Counter, Account] });
    expect(support.resolveTarget(ICounter, 'k').toString()).to.equal('@counter@k');
    expect(support.resolveTarget(Counter, '').toString()).to.equal('@counter@');
    expect(support.resolveTarget(ICounter, id)).to.equal(id);
  });

  it('S134 resolve by the registered name, not by the name of the class', () => {
    @Entity({ name: 'Konto', implements: [ICounter] })
    class Renamed extends Counter {}
    expect(
      createClassSupport({ registered: [Renamed] })
        .resolveTarget(ICounter, 'k')
        .toString(),
    ).to.equal('@konto@k');
  });

  it('S135 refuse a key alone where no class implements the token', () => {
    const support = createClassSupport({ registered: [Account] });
    expect(() => support.resolveTarget(ICounter, 'k')).to.throw(
      UnknownEntityError,
      'Could not find any entity implementing ICounter.',
    );
  });

  it('S136 refuse a key alone where several do, and name them', () => {
    const support = createClassSupport({ registered: [Counter, LoudCounter] });
    expect(() => support.resolveTarget(ICounter, 'k')).to.throw(AmbiguousEntityError, 'counter, loudcounter');
    expect(support.resolveTarget(Counter, 'k').name).to.equal('counter');
    expect(support.resolveTarget(LoudCounter, 'k').name).to.equal('loudcounter');
  });

  it('take the only registered subclass for its base', () => {
    expect(createClassSupport({ registered: [LoudCounter] }).resolveTarget(Counter, 'k').name).to.equal('loudcounter');
  });

  it('ask what other processes announced when none is registered here', () => {
    const support = createClassSupport({
      registered: [],
      elsewhere: () => [{ name: 'counter', interfaces: ['ICounter'] }],
    });
    expect(support.resolveTarget(ICounter, 'k').name).to.equal('counter');
  });

  it('S7 refuse what is neither an id nor a key', () => {
    const support = createClassSupport({ registered: [Counter] });
    for (const target of [undefined, null, 5, {}]) {
      expect(() => support.resolveTarget(ICounter, target)).to.throw(InvalidArgumentError, 'target');
    }
  });
});

describe('a lambda over a proxy', () => {
  const support = createClassSupport({ registered: [Counter] });
  const signal = (lambda: (proxy: Record<string, (input?: unknown) => unknown>) => unknown): unknown =>
    recordSignal(support, ICounter, id, lambda);
  const call = (lambda: (proxy: Record<string, (input?: unknown) => unknown>) => unknown): unknown =>
    recordCall(support, ICounter, id, lambda);

  it('S128 becomes exactly one signal', () => {
    expect(signal((c) => c['add']!(5))).to.deep.equal({ operation: 'add', input: 5 });
    expect(signal((c) => c['delete']!())).to.deep.equal({ operation: 'delete', input: undefined });
  });

  it('S128 is refused when it performs none, or several, or one too late', async () => {
    expect(() => signal(() => {})).to.throw(SignalLambdaError, 'it performed no operation');
    expect(() => signal((c) => [c['add']!(1), c['get']!()])).to.throw(SignalLambdaError, 'it performed 2 (add, get)');
    expect(() =>
      signal(async (c) => {
        await Promise.resolve();
        c['add']!(1);
      }),
    ).to.throw(SignalLambdaError, 'it performed no operation');
    let kept: Record<string, (input?: unknown) => unknown> | undefined;
    signal((c) => (kept = c)['add']!(1));
    expect(await thrownBy(() => kept!['add']!(2))).to.be.instanceOf(SignalLambdaError);
    expect(() => signal(5 as never)).to.throw(InvalidArgumentError);
  });

  it('S129 S132 may signal an operation that returns a Promise, and sees undefined', async () => {
    let seen: unknown = 'nothing';
    expect(signal((c) => void (c['get']!() as Promise<unknown>).then((value) => (seen = value)))).to.deep.equal({
      operation: 'get',
      input: undefined,
    });
    await new Promise(setImmediate);
    expect(seen).to.equal(undefined);
  });

  it('S138 S139 calls one operation and returns its promise', () => {
    expect(call((c) => c['get']!())).to.deep.equal({ operation: 'get', input: undefined });
    expect(() => call((c) => c['add']!(1))).to.throw(InvalidArgumentError, '"add" is one-way');
    expect(() => call(() => 5)).to.throw(InvalidArgumentError, 'no operation');
    expect(() => call((c) => [c['get']!(), c['reset']!()])).to.throw(InvalidArgumentError, '2 operations');
    expect(() => call(async (c) => ((await c['get']!()) as number) + 1)).to.throw(
      InvalidArgumentError,
      'does not return the promise',
    );
  });

  it('lets an error of the lambda through', () => {
    expect(() =>
      signal(() => {
        throw new RangeError('mine');
      }),
    ).to.throw(RangeError, 'mine');
  });
});

describe('entityInterface', () => {
  // Rules that the compiler knows too are broken on purpose here.
  const make = entityInterface as (name: unknown, kinds: unknown, options?: unknown) => object;

  it('S137 refuses what is no method, a name that JavaScript uses, and an empty interface, all at once', () => {
    expect(() =>
      make('IBad', {
        value: 5,
        ['then' as string]: 'call',
        toJSON: 'call',
        add: 'signals',
        Add: 'signal',
        ADD: 'signal',
        '': 'call',
      }),
    )
      .to.throw(InvalidEntityInterfaceError)
      .with.property('problems')
      .which.has.length(6);
    expect(() => make('IEmpty', {})).to.throw(InvalidEntityInterfaceError, 'no methods');
    expect(() => make('', { a: 'call' })).to.throw(InvalidEntityInterfaceError, 'name');
    for (const kinds of [undefined, null, [], 'call'])
      expect(() => make('I', kinds)).to.throw(InvalidEntityInterfaceError);
  });

  it('S127 inherits the operations of the interfaces it extends', () => {
    interface ILedger extends ICounter {
      post(): Promise<void>;
    }
    const ILedger = entityInterface<ILedger>('ILedger', { post: 'call' }, { extends: [ICounter] });
    const support = createClassSupport({ registered: [] });
    expect(support.operationsOf(ILedger).map(({ name }) => name)).to.deep.equal([
      'add',
      'reset',
      'get',
      'delete',
      'post',
    ]);
    @Entity({ implements: [ILedger] })
    class Ledger extends Counter implements ILedger {
      async post(): Promise<void> {}
    }
    expect(createClassSupport({ registered: [Ledger] }).resolveTarget(ICounter, 'k').name).to.equal('ledger');
  });

  it('refuses to extend what is no token, and another kind for an inherited operation', () => {
    expect(() => make('I', { a: 'call' }, { extends: [undefined] })).to.throw(
      InvalidEntityInterfaceError,
      'extends[0] is not an entity interface (a circular import?)',
    );
    expect(() => make('I', { add: 'call' }, { extends: [ICounter] })).to.throw(
      InvalidEntityInterfaceError,
      'add is a call here and a signal',
    );
  });

  it('an operation that a token does not name is unknown at the call site', () => {
    interface IWide extends ICounter {
      forgotten(): Promise<void>;
      extra(): Promise<void>;
    }
    const IWide = entityInterface<IWide>('IWide', { extra: 'call' }, { extends: [ICounter] });
    const { proxy, sent } = proxyOf(IWide);
    expect(() => proxy['forgotten']!()).to.throw(UnknownOperationError, 'forgotten');
    expect(sent).to.deep.equal([]);
  });
});
