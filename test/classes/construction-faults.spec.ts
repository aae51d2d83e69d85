/** Faults of construction that were found by using version 0.1: rows T7 to T11 and T19 of the list of cases. */
import { runInThisContext } from 'node:vm';
import { expect } from 'chai';
import { Exclude, Expose, Type } from 'class-transformer';
import { Container, inject, injectable, optional, postConstruct } from 'inversify';
import { Activity, createClassSupport, Entity, Operation } from '../../src/classes/index.js';
import { constructorSource, takesParameters } from '../../src/classes/construction/constructor-source.js';
import { RegistrationError, SerializationError } from '../../src/errors/index.js';
import type { ActivityContext } from '../../src/functions/index.js';
import { FakeEntity, thrownBy } from './fake-entity.js';

const KEY = Symbol('key');
const COUNT = Symbol('count');

@injectable()
class Clock {
  now(): number {
    return 42;
  }
}

// eslint-disable-next-line typescript/no-explicit-any -- any class
type AnyClass = abstract new (...args: any[]) => object;

function entity(type: AnyClass, bound: [symbol, unknown][] = []): FakeEntity {
  const container = new Container();
  for (const [token, value] of bound) container.bind(token).toConstantValue(value);
  return new FakeEntity(type, { support: createClassSupport({ container, registered: [type] }) });
}

describe('T8: what a base class has injected', () => {
  class Base {
    @inject(Clock) readonly clock!: Clock;
    started = 0;
    @postConstruct() start(): void {
      this.started = this.clock.now();
    }
  }

  it('T8: is injected into a subclass, with a constructor of its own and without one, over two levels', async () => {
    @Entity()
    class Plain extends Base {
      @Operation() async read(): Promise<number> {
        return this.clock.now() + this.started;
      }
    }
    @Entity()
    class Own extends Base {
      constructor(@inject(KEY) readonly key: string) {
        super();
      }
      @Operation() async read(): Promise<number> {
        return this.clock.now() + this.key.length;
      }
    }
    @Entity()
    class Third extends Own {
      @inject(COUNT) @optional() readonly more: number = 3;
    }
    expect(await entity(Plain).run('read')).to.equal(84);
    const own = entity(Own, [[KEY, 'four']]);
    expect(await own.run('read')).to.equal(46);
    expect(own.stored).to.deep.equal({ started: 42 });
    const third = entity(Third, [
      [KEY, 'four'],
      [COUNT, 1],
    ]);
    expect(await third.run('read')).to.equal(46);
    expect(third.stored).to.deep.equal({ started: 42 });
  });

  it('T8: is injected into activities too', async () => {
    @Activity()
    class Tick extends Base {
      async run(_context: ActivityContext): Promise<number> {
        return this.clock.now();
      }
    }
    const { definitions } = createClassSupport({ registered: [Tick] });
    expect(await definitions[0]!.handler({} as never, undefined)).to.equal(42);
  });
});

describe('T9: an asynchronous @postConstruct', () => {
  it('T9: is refused when the class is registered, of entities and activities, and in a base', () => {
    class Warm {
      @postConstruct() async warm(): Promise<void> {
        await Promise.resolve();
      }
    }
    @Entity()
    class Cold extends Warm {}
    @Activity()
    class Job extends Warm {
      run(): void {}
    }
    expect(() => createClassSupport({ registered: [Cold, Job] }))
      .to.throw(RegistrationError)
      .with.property('message')
      .which.contains('Cold.warm is an asynchronous @postConstruct method')
      .and.contains('Job.warm is an asynchronous @postConstruct method');
  });
});

describe('T11: what a constructor makes of services', () => {
  class ApiClient {
    constructor(readonly key: string) {}
    send(): string {
      return this.key;
    }
  }
  class Counter {
    n = 0;
  }

  it('T11: is excluded, or state, as the mark says; what needs no arguments is state without one', async () => {
    @Entity()
    class Marked {
      @Exclude() readonly api: ApiClient;
      @Type(() => ApiClient) readonly state: ApiClient;
      counter = new Counter();
      constructor(@inject(KEY) key: string) {
        this.api = new ApiClient(key);
        this.state = new ApiClient('begins');
      }
      @Operation() async send(): Promise<string> {
        this.counter.n++;
        return `${this.api.send()} ${this.state.send()}`;
      }
    }
    const marked = entity(Marked, [[KEY, 'old']]);
    expect(await marked.run('send')).to.equal('old begins');
    expect(marked.stored).to.deep.equal({ state: { key: 'begins' }, counter: { n: 1 } });
  });

  it('T11: is not asked of a class that nothing is injected into', async () => {
    @Entity()
    class Account {
      money = new ApiClient('EUR');
      @Operation() async get(): Promise<string> {
        return this.money.send();
      }
    }
    const account = entity(Account);
    await account.run('get');
    expect(account.stored).to.deep.equal({ money: { key: 'EUR' } });
  });
});

describe('T11: an object that the user has built', () => {
  class Bank {
    open = true;
    send(): boolean {
      return this.open;
    }
  }
  class Account {
    cents = 0;
    readonly bank: Bank;
    constructor(bank: Bank) {
      this.bank = bank;
    }
    @Operation() async pay(): Promise<number> {
      this.bank.send();
      return ++this.cents;
    }
  }
  class Marked extends Account {
    @Exclude() declare readonly bank: Bank;
  }

  it('T11: does not store what its constructor was given: it is refused, or left out by its mark', async () => {
    const error = await thrownBy(() => new FakeEntity(new Account(new Bank())).run('pay'));
    expect(error).to.be.instanceOf(SerializationError).with.property('path', 'bank');
    expect(error.message).to.contain('@Exclude()').and.to.contain('@Type(() => Bank)');
    const marked = new FakeEntity(new Marked(new Bank()));
    expect(await marked.run('pay')).to.equal(1);
    expect(marked.stored).to.deep.equal({ cents: 1 });
  });
});

describe('T19: an injected text or number', () => {
  it('T19: is never stored as a parameter property, whatever its type, and what is stored under its name is not read', async () => {
    @Entity()
    class Calls {
      n = 0;
      constructor(
        @inject(KEY) private readonly key: string,
        @inject(COUNT) readonly count: number,
        @inject('flag') readonly flag: boolean,
        @inject('big') readonly big: bigint,
        @inject('list') readonly list: readonly string[],
      ) {}
      @Operation() async call(): Promise<unknown[]> {
        this.n++;
        return [this.key, this.count, this.flag, this.big, this.list];
      }
    }
    const container = new Container();
    container.bind(KEY).toConstantValue('');
    container.bind(COUNT).toConstantValue(0);
    container.bind('flag').toConstantValue(false);
    container.bind('big').toConstantValue(5n);
    container.bind('list').toConstantValue(['a']);
    const calls = new FakeEntity(Calls, {
      support: createClassSupport({ container, registered: [Calls] }),
      stored: { n: 1, key: 'old', count: 9, flag: true },
    });
    expect(await calls.run('call')).to.deep.equal(['', 0, false, 5n, ['a']]);
    expect(calls.stored).to.deep.equal({ n: 2 });
  });

  it('T19: is refused with both ways out where it may be state that begins with it', async () => {
    @Entity()
    class Renamed {
      apiKey: string;
      constructor(@inject(KEY) key: string) {
        this.apiKey = key;
      }
      @Operation() async get(): Promise<void> {}
    }
    @Entity()
    class Begins {
      balance: number;
      other = 5;
      constructor(@inject(COUNT) initial: number) {
        this.balance = initial;
      }
      @Operation() async get(): Promise<void> {}
    }
    class Base {
      constructor(readonly count: number) {}
    }
    @Entity()
    class Derived extends Base {
      constructor(@inject(COUNT) given: number) {
        super(given);
      }
      @Operation() async get(): Promise<void> {}
    }
    for (const [type, path, bound] of [
      [Renamed, 'apiKey', [KEY, 'secret']],
      [Begins, 'balance', [COUNT, 5]],
      [Derived, 'count', [COUNT, 5]],
    ] as [AnyClass, string, [symbol, unknown]][]) {
      const error = await thrownBy(() => entity(type, [bound]).run('get'));
      expect(error).to.be.instanceOf(SerializationError).with.property('path', path);
      expect(error.message).to.contain('@Exclude()').and.to.contain('@Expose()').and.not.to.contain('secret');
    }
  });

  it('T19: is state, or left out, as the mark says; and a change of what is left out is refused, not lost', async () => {
    @Entity()
    class Marked {
      @Expose() balance: number;
      @Exclude() key: string;
      @Expose() count: number;
      constructor(@inject(COUNT) initial: number, @inject(KEY) key: string, @inject(COUNT) count: number) {
        this.balance = initial;
        this.key = key;
        this.count = count;
      }
      @Operation() async up(): Promise<string> {
        return `${++this.balance} ${(this.key += '!')} ${++this.count}`;
      }
    }
    const marked = entity(Marked, [
      [COUNT, 5],
      [KEY, 'k'],
    ]);
    await marked.run('up');
    expect(await marked.run('up')).to.equal('7 k! 7');
    expect(marked.stored).to.deep.equal({ balance: 7, count: 7 });
    @Entity()
    class Changed {
      constructor(@inject(COUNT) private count: number) {}
      @Operation() async up(): Promise<number> {
        return ++this.count;
      }
    }
    const error = await thrownBy(() => entity(Changed, [[COUNT, 5]]).run('up'));
    expect(error).to.be.instanceOf(SerializationError).with.property('path', 'count');
    expect(error.message).to.contain('it was injected, so it is never stored, and it was changed');
  });

  it('T19: is found in the text of a class, whatever its strings, comments and other methods hold', () => {
    class Odd {
      title = 'constructor(a) { this.title = a; }';
      key: string;
      other: string;
      late = '';
      constructor(
        key: string,
        { other }: { other: string } = { other: ')' },
        last: (text: string) => string = (x) => x,
      ) {
        // this.late = key;
        this.key = key;
        this.other = last(`${other} }`);
      }
      set(last: string): void {
        this.late = last;
      }
    }
    const source = constructorSource(Odd);
    expect(source.parameters).to.deep.equal(['key', undefined, 'last']);
    expect([...source.assigned]).to.deep.equal([['key', 'key']]);
    const minified = runInThisContext('(class{key;constructor(e,t){this.key=e,this.count=t}})') as AnyClass;
    expect([...constructorSource(minified).assigned]).to.deep.equal([
      ['key', 'e'],
      ['count', 't'],
    ]);
    const old = runInThisContext('(function Old(key) { this.key = key; })') as AnyClass;
    expect([...constructorSource(old).assigned]).to.deep.equal([['key', 'key']]);
    class None {}
    class Sub extends Odd {}
    class Default {
      constructor(readonly options: object = {}) {}
    }
    expect([None, Sub, Default].map(takesParameters)).to.deep.equal([false, true, true]);
  });
});
