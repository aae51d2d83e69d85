import { expect } from 'chai';
import { Entity, Operation, TaskEntity, createClassSupport, type InputSchema } from '../../src/classes/index.js';
import {
  EntityConstructionError,
  InvalidArgumentError,
  InvalidInputError,
  InvalidOperationError,
  RegistrationError,
  UnknownOperationError,
} from '../../src/errors/index.js';
import type { EntityDefinition } from '../../src/functions/index.js';
import { EntityId } from '../../src/model/entity-id.js';
import { Counter, LoudCounter } from './counter.js';
import { FakeEntity, thrownBy } from './fake-entity.js';

describe('dispatch to a class', () => {
  it('S57 finds an operation whatever its case', async () => {
    const entity = new FakeEntity(Counter);
    await entity.run('Add', 2);
    await entity.run('ADD', 3);
    expect(await entity.run('Get')).to.equal(5);
    expect(entity.stored).to.deep.equal({ value: 5 });
  });

  it('S61 refuses an unknown operation, names what is offered, and creates nothing', async () => {
    const entity = new FakeEntity(Counter);
    const error = await thrownBy(() => entity.run('fly'));
    expect(error).to.be.instanceOf(UnknownOperationError);
    expect((error as UnknownOperationError).message)
      .to.contain('"fly"')
      .and.to.contain('@fake@key');
    expect((error as UnknownOperationError).hint).to.contain('add, reset, get, delete');
    expect(entity.exists).to.equal(false);
  });

  for (const name of [
    'helper',
    'double',
    'value',
    'constructor',
    'toString',
    'hasOwnProperty',
    '__proto__',
    'valueOf',
    'isPrototypeOf',
    '__defineGetter__',
    'prototype',
    'then',
    '',
    'initialize',
    'upgrade',
  ]) {
    it(`S72 never reaches ${JSON.stringify(name)} by a message`, async () => {
      const error = await thrownBy(() => new FakeEntity(Counter, { stored: { value: 1 } }).run(name, 1));
      expect(error).to.be.instanceOf(UnknownOperationError);
    });
  }

  it('S68 creates the state by a successful first operation, even one that only reads', async () => {
    const entity = new FakeEntity(Counter);
    expect(await entity.run('get')).to.equal(0);
    expect(entity.stored).to.deep.equal({ value: 0 });
  });

  it('S69 deletes the state by Entity.current.deleteState() in a method', async () => {
    const entity = new FakeEntity(Counter, { stored: { value: 1 } });
    await entity.run('delete');
    expect(entity.exists).to.equal(false);
  });

  it('S70 offers delete where the class has none', async () => {
    @Entity()
    class Bare {
      n = 1;
      @Operation() async touch(): Promise<void> {
        this.n++;
      }
    }
    const entity = new FakeEntity(Bare, { stored: { n: 5 } });
    await entity.run('Delete');
    expect(entity.exists).to.equal(false);
    await entity.run('delete');
    expect(entity.exists).to.equal(false);
  });

  it('S70 an own delete method stands in for the implicit one, decorated or not', async () => {
    @Entity()
    class Kept {
      n = 1;
      delete(): void {
        this.n = -1;
      }
    }
    const entity = new FakeEntity(Kept, { stored: { n: 5 } });
    await entity.run('delete');
    expect(entity.stored).to.deep.equal({ n: -1 });
  });

  it('deletes an entity whose state cannot be read, with and without an own delete method', async () => {
    const own = new FakeEntity(Counter, { stored: { value: 'abc' } });
    await own.run('delete');
    expect(own.exists).to.equal(false);
    @Entity()
    class Bare {
      value = 0;
    }
    const implicit = new FakeEntity(Bare, { stored: { value: 'abc' } });
    await implicit.run('delete');
    expect(implicit.exists).to.equal(false);
  });

  it('S73 dispatches inherited operations and overridden ones', async () => {
    const entity = new FakeEntity(LoudCounter);
    await entity.run('add', 2);
    expect(await entity.run('shout')).to.equal('20!');
    expect(await entity.run('get')).to.equal(20);
  });

  it('S63 takes sync and async methods, with and without results', async () => {
    @Entity()
    class Mixed {
      log: string[] = [];
      @Operation() nothing(): void {
        this.log.push('nothing');
      }
      @Operation() value(): number {
        return this.log.length;
      }
      @Operation() async later(): Promise<void> {
        await Promise.resolve();
        this.log.push('later');
      }
      @Operation({ name: 'how-many' }) async count(): Promise<number> {
        return this.log.length;
      }
    }
    const entity = new FakeEntity(Mixed);
    expect(await entity.run('nothing')).to.equal(undefined);
    expect(await entity.run('later')).to.equal(undefined);
    expect(await entity.run('value')).to.equal(2);
    expect(await entity.run('how-many')).to.equal(2);
    expect(await thrownBy(() => entity.run('count'))).to.be.instanceOf(UnknownOperationError);
  });

  it('S12 gives falsy inputs as they are, and undefined where there is none', async () => {
    @Entity()
    class Echo {
      @Operation() async echo(value: unknown = 'default'): Promise<unknown> {
        return [value];
      }
    }
    for (const value of [0, false, '', null]) {
      expect(await new FakeEntity(Echo).run('echo', value)).to.deep.equal([value]);
    }
    expect(await new FakeEntity(Echo).run('echo')).to.deep.equal(['default']);
  });

  it('S37 dispatches to an object, whose fields are then the state', async () => {
    const counter = new Counter();
    const entity = new FakeEntity(counter, { stored: { value: 40 } });
    await entity.run('add', 2);
    expect(entity.stored).to.deep.equal({ value: 42 });
    expect(counter.value).to.equal(42);
    const fresh = new FakeEntity(counter);
    await fresh.run('add', 1);
    expect(fresh.stored).to.deep.equal({ value: 1 });
  });

  it('S58 refuses at dispatch a class with an operation of two parameters', async () => {
    class Two {
      // @ts-expect-error -- at most one parameter
      @Operation() async two(_a: number, _b: number): Promise<void> {}
    }
    const error = await thrownBy(() => createClassSupport({ registered: [Entity()(Two) ?? Two] }));
    expect(error).to.be.instanceOf(RegistrationError);
    expect(error.message).to.contain('Two.two').and.to.contain('at most one parameter');
  });

  it('S71 gives methods the context by Entity.current, after awaits and in helpers too', async () => {
    const note = (text: string): void =>
      Entity.current.signalEntity(new EntityId('Log', Entity.current.entityKey), 'note', text);
    @Entity()
    class Talking {
      @Operation() async talk(): Promise<string[]> {
        await Promise.resolve();
        note(Entity.current.operationName);
        return [Entity.current.entityName, Entity.current.entityKey, Entity.current.entityId.toString()];
      }
    }
    const entities = ['a', 'b'].map((key) => new FakeEntity(Talking, { key }));
    const results = await Promise.all(entities.map((entity) => entity.run('talk')));
    expect(results).to.deep.equal([
      ['fake', 'a', '@fake@a'],
      ['fake', 'b', '@fake@b'],
    ]);
    expect(entities[1]!.sent).to.deep.equal(['@log@b.note("talk")']);
  });

  it('S27 is expressed by the public context alone: a function entity that dispatches behaves the same', async () => {
    const { definitions } = createClassSupport({ registered: [Counter] });
    const asked: unknown[] = [];
    const context = { dispatch: (...args: unknown[]) => asked.push(args) };
    void (definitions[0] as EntityDefinition).handler(context as never);
    expect(asked).to.deep.equal([[Counter]]);
  });

  it('S55 serves a class that is not decorated, by its @Operation()s', async () => {
    class Undecorated {
      n = 0;
      @Operation() async up(): Promise<number> {
        return ++this.n;
      }
    }
    const entity = new FakeEntity(Undecorated);
    expect(await entity.run('up')).to.equal(1);
    expect(await entity.run('up')).to.equal(2);
  });

  it('refuses to dispatch to what is neither a class nor an object of one', async () => {
    for (const type of [undefined, null, 5, 'Counter', {}, () => 1]) {
      const error = await thrownBy(() => new FakeEntity(type as never).run('get'));
      expect(error).to.be.instanceOf(InvalidArgumentError);
    }
    const error = await thrownBy(() => new FakeEntity(new Counter()).run('get', undefined, 'value'));
    expect(error).to.be.instanceOf(InvalidArgumentError);
  });

  it('S53 Entity.current outside of an operation is an InvalidOperationError', () => {
    expect(() => Entity.current).to.throw(InvalidOperationError, 'outside an operation');
  });
});

describe('initialize', () => {
  let calls: string[] = [];
  @Entity<Started>({
    async initialize(context) {
      calls.push(context.operationName);
      await Promise.resolve();
      this.since = `by ${context.operationName}`;
    },
  })
  class Started {
    since = '';
    @Operation() async when(): Promise<string> {
      return this.since;
    }
  }
  beforeEach(() => (calls = []));

  it('S119 runs when an operation finds no state, and again after a deletion', async () => {
    const entity = new FakeEntity(Started);
    expect(await entity.run('when')).to.equal('by when');
    expect(await entity.run('WHEN')).to.equal('by when');
    await entity.run('delete');
    expect(await entity.run('WHEN')).to.equal('by WHEN');
    expect(calls).to.deep.equal(['when', 'WHEN']);
  });

  it('is an EntityConstructionError when it fails, at once or later', async () => {
    @Entity({
      initialize(this: Failing) {
        throw new TypeError('not today');
      },
    })
    class Failing {
      @Operation() async go(): Promise<void> {}
    }
    const error = await thrownBy(() => new FakeEntity(Failing).run('go'));
    expect(error).to.be.instanceOf(EntityConstructionError);
    expect((error.cause as Error).message).to.equal('not today');
  });
});

describe('TaskEntity', () => {
  interface BasketState {
    items: string[];
    at?: Date;
  }
  class Prices {
    readonly price = 3;
  }
  let initialised = 0;
  @Entity()
  class Basket extends TaskEntity<BasketState> {
    readonly notState = 'own fields are not stored';
    constructor(private readonly prices: Prices) {
      super();
    }
    protected override initializeState(): BasketState {
      initialised++;
      return { items: [] };
    }
    @Operation() async put(item: string): Promise<void> {
      this.state.items.push(item);
      this.state.at = new Date(0);
    }
    @Operation() async total(): Promise<number> {
      return this.state.items.length * this.prices.price;
    }
    @Operation() async clear(): Promise<void> {
      this.state = null as never;
    }
    @Operation() async at(): Promise<boolean> {
      return this.state.at instanceof Date;
    }
  }

  it('S36 stores the state alone, and has its services', async () => {
    const entity = new FakeEntity(Basket);
    await entity.run('put', 'apple');
    expect(entity.stored).to.deep.equal({ items: ['apple'], at: { $de: 'Date', v: '1970-01-01T00:00:00.000Z' } });
    expect(await entity.run('total')).to.equal(3);
    expect(await entity.run('at')).to.equal(true);
    expect(initialised).to.equal(1);
  });

  it('S72 does not dispatch initializeState', async () => {
    expect(await thrownBy(() => new FakeEntity(Basket).run('initializeState'))).to.be.instanceOf(UnknownOperationError);
  });

  it('S34 deletes the entity when its state is set to null', async () => {
    const entity = new FakeEntity(Basket, { stored: { items: ['a'] } });
    await entity.run('clear');
    expect(entity.exists).to.equal(false);
  });

  it('revives a state that is an object of a class', async () => {
    class Tally {
      count = 0;
      seen = new Map<string, number>();
      up(name: string): number {
        this.seen.set(name, (this.seen.get(name) ?? 0) + 1);
        return ++this.count;
      }
    }
    @Entity()
    class Tallied extends TaskEntity<Tally> {
      protected override initializeState(): Tally {
        return new Tally();
      }
      @Operation() async up(name: string): Promise<number> {
        return this.state.up(name);
      }
    }
    const entity = new FakeEntity(Tallied);
    await entity.run('up', 'get');
    expect(await entity.run('up', 'get')).to.equal(2);
    expect(entity.stored).to.deep.equal({ count: 2, seen: { get: 2 } });
  });

  it('S178 keeps a number as its state', async () => {
    @Entity()
    class Plain extends TaskEntity<number> {
      protected override initializeState(): number {
        return 0;
      }
      @Operation() async add(n: number): Promise<number> {
        return (this.state += n);
      }
    }
    const entity = new FakeEntity(Plain);
    await entity.run('add', 2);
    expect(await entity.run('add', 3)).to.equal(5);
    expect(entity.stored).to.equal(5);
  });
});

describe('the input option', () => {
  class Contact {
    name = '';
    since = new Date(0);
    hello(): string {
      return `hello ${this.name}, ${this.since.getUTCFullYear()}`;
    }
  }
  const numberPlusOne: InputSchema<number> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) =>
        typeof value === 'number'
          ? { value: value + 1 }
          : { issues: [{ message: 'a number please', path: ['a', { key: 0 }] }] },
    },
  };
  @Entity()
  class Greeter {
    @Operation({ input: Contact }) async greet(contact: Contact): Promise<string> {
      return contact.hello();
    }
    @Operation({ input: numberPlusOne }) async next(n: number): Promise<number> {
      return n;
    }
  }

  it('revives the input as a class', async () => {
    expect(await new FakeEntity(Greeter).run('greet', { name: 'Ann', since: '2024-05-01T00:00:00Z' })).to.equal(
      'hello Ann, 2024',
    );
    expect(await new FakeEntity(Greeter).run('greet', { name: 'Ann', since: new Date('2023-01-01') })).to.equal(
      'hello Ann, 2023',
    );
  });

  it('refuses an input that does not fit the class, with its path', async () => {
    const error = await thrownBy(() => new FakeEntity(Greeter).run('greet', { name: 'Ann', since: 'soon' }));
    expect(error).to.be.instanceOf(InvalidInputError);
    expect(error.message).to.contain('input.since').and.to.contain('a date');
    expect(await thrownBy(() => new FakeEntity(Greeter).run('greet', 5))).to.be.instanceOf(InvalidInputError);
  });

  it('asks a Standard Schema, and gives on what it made', async () => {
    expect(await new FakeEntity(Greeter).run('next', 1)).to.equal(2);
    const error = await thrownBy(() => new FakeEntity(Greeter).run('next', 'x'));
    expect(error).to.be.instanceOf(InvalidInputError);
    expect(error.message).to.contain('a.0: a number please');
  });
});
