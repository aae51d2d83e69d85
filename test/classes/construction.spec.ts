import { expect } from 'chai';
import { Exclude, Expose, Type } from 'class-transformer';
import {
  Container,
  LazyServiceIdentifier,
  inject,
  injectable,
  multiInject,
  named,
  optional,
  postConstruct,
} from 'inversify';
import { Activity, Entity, Operation, Orchestration, TaskEntity, createClassSupport } from '../../src/classes/index.js';
import { InvalidArgumentError, RegistrationError, SerializationError } from '../../src/errors/index.js';
import type { ActivityContext, OrchestrationContext } from '../../src/functions/index.js';
import { FakeEntity, thrownBy } from './fake-entity.js';

const LoggerToken = Symbol('Logger');
interface Logger {
  log(text: string): void;
}

@injectable()
class Clock {
  static built = 0;
  readonly number = ++Clock.built;
  now(): number {
    return 42;
  }
}

@Entity()
class Timed {
  value = 0;
  constructor(
    private readonly clock: Clock,
    @inject(LoggerToken) private readonly logger: Logger,
    @inject('unbound') @optional() private readonly missing?: Logger,
  ) {}
  @Operation() async stamp(): Promise<number> {
    this.logger.log('stamp');
    this.value = this.clock.now();
    return this.missing === undefined ? this.clock.number : -1;
  }
}

function withLogger(lines: string[] = []): Container {
  const container = new Container();
  container.bind(LoggerToken).toConstantValue({ log: (text: string) => lines.push(text), level: 'debug' });
  return container;
}

describe('construction', () => {
  it('S122 injects services by type and by token, and S123 never stores them', async () => {
    const lines: string[] = [];
    const support = createClassSupport({ container: withLogger(lines), registered: [Timed] });
    const entity = new FakeEntity(Timed, { support });
    await entity.run('stamp');
    expect(entity.stored).to.deep.equal({ value: 42 });
    expect(lines).to.deep.equal(['stamp']);
    await entity.run('stamp');
    expect(entity.stored).to.deep.equal({ value: 42 });
  });

  it('S123 does not store services that carry annotations or are arrays of services either', async () => {
    class Bank {
      @Exclude() secret = 1;
      open = 2;
    }
    class Item {
      n = 1;
    }
    @Entity()
    class Customer {
      cents = 0;
      constructor(
        readonly bank: Bank,
        @multiInject('item') readonly items: Item[],
      ) {}
      @Operation() async pay(): Promise<number> {
        return (this.cents += this.bank.open + this.items.length);
      }
    }
    const container = new Container();
    container.bind('item').to(Item);
    container.bind('item').to(Item);
    const entity = new FakeEntity(Customer, { support: createClassSupport({ container, registered: [Customer] }) });
    await entity.run('pay');
    expect(entity.stored).to.deep.equal({ cents: 4 });
    expect(await entity.run('pay')).to.equal(8);
  });

  it('S123 does not store a service whatever its field is marked', async () => {
    @Entity()
    class Marked {
      n = 0;
      @Expose() @Type(() => Clock) clock: Clock;
      constructor(clock: Clock) {
        this.clock = clock;
      }
      @Operation() async up(): Promise<number> {
        return ++this.n + this.clock.now();
      }
    }
    const entity = new FakeEntity(Marked);
    await entity.run('up');
    expect(entity.stored).to.deep.equal({ n: 1 });
    expect(await entity.run('up')).to.equal(44);
  });

  it('S116 keeps injected fields when stored JSON names them', async () => {
    const support = createClassSupport({ container: withLogger(), registered: [] });
    const entity = new FakeEntity(Timed, { support, stored: { value: 1, clock: { number: 99 }, logger: null } });
    expect(await entity.run('stamp')).to.be.lessThan(99);
  });

  it('respects singletons, and shares them with the container of the user', async () => {
    const container = withLogger();
    container.bind(Clock).toSelf().inSingletonScope();
    const support = createClassSupport({ container, registered: [Timed] });
    const one = await new FakeEntity(Timed, { support, key: 'a' }).run('stamp');
    const two = await new FakeEntity(Timed, { support, key: 'b' }).run('stamp');
    expect(one).to.equal(two).and.to.equal(container.get(Clock).number);
  });

  it('S124 never shares an entity object between two ids, however the class is bound', async () => {
    const seen = new Set<object>();
    @Entity()
    class Shared {
      n = 0;
      @Operation() async touch(): Promise<number> {
        seen.add(this);
        return ++this.n;
      }
    }
    const container = new Container();
    container.bind(Shared).toSelf().inSingletonScope();
    const support = createClassSupport({ container, registered: [Shared] });
    for (const key of ['a', 'b']) expect(await new FakeEntity(Shared, { support, key }).run('touch')).to.equal(1);
    expect(seen.size).to.equal(2);
  });

  it('S120 S121 passes the values of dispatch to the parameters that are not injected, left to right', async () => {
    class BlobContainer {
      readonly blobs = new Map<string, string>();
    }
    @Entity()
    class BlobBacked {
      pages = 0;
      @Exclude() readonly label: string;
      constructor(
        readonly clock: Clock,
        readonly blobs: BlobContainer,
        label: string,
        @inject(LoggerToken) readonly logger: Logger,
      ) {
        this.label = label;
      }
      @Operation() async add(text: string): Promise<string> {
        this.blobs.blobs.set(`${this.label}${this.pages++}`, text);
        return `${this.clock.now()} ${this.label}`;
      }
    }
    const support = createClassSupport({ container: withLogger(), registered: [] });
    const blobs = new BlobContainer();
    const entity = new FakeEntity(BlobBacked, { support, keepLive: true });
    expect(await entity.run('add', 'first', blobs, 'page')).to.equal('42 page');
    await entity.run('add', 'second', blobs, 'page');
    expect([...blobs.blobs]).to.deep.equal([
      ['page0', 'first'],
      ['page1', 'second'],
    ]);
    expect(entity.stored).to.deep.equal({ pages: 2 });
    const error = await thrownBy(() => entity.run('add', 'x', blobs, 'page', 'too', 'many'));
    expect(error).to.be.instanceOf(InvalidArgumentError);
  });

  it('asks for one state type per class and values, so that the live object is kept', async () => {
    let built = 0;
    @Entity()
    class Kept {
      n = 0;
      constructor(@inject('a') readonly a: object) {
        built++;
      }
      @Operation() async up(): Promise<number> {
        return ++this.n;
      }
    }
    const service = new (class Service {
      run(): void {}
    })();
    const container = new Container();
    container.bind('a').toConstantValue(service);
    const entity = new FakeEntity(Kept, {
      support: createClassSupport({ container, registered: [Kept] }),
      keepLive: true,
    });
    for (let i = 0; i < 5; i++) await entity.run('up');
    expect(built).to.equal(1);
  });

  it('gives a subclass without a constructor the services of its base', async () => {
    @Entity()
    class SubTimed extends Timed {
      @Operation() async check(): Promise<boolean> {
        return (await this.stamp()) > 0;
      }
    }
    const support = createClassSupport({ container: withLogger(), registered: [SubTimed] });
    const entity = new FakeEntity(SubTimed, { support });
    expect(await entity.run('check')).to.equal(true);
    expect(entity.stored).to.deep.equal({ value: 42 });
  });

  it('takes a user’s own @injectable() above or below @Entity()', async () => {
    @injectable()
    @Entity()
    class Above {
      constructor(readonly clock: Clock) {}
      @Operation() async now(): Promise<number> {
        return this.clock.now();
      }
    }
    @Entity()
    @injectable()
    class Below {
      constructor(readonly clock: Clock) {}
      @Operation() async now(): Promise<number> {
        return this.clock.now();
      }
    }
    for (const type of [Above, Below]) {
      const support = createClassSupport({ registered: [type] });
      expect(await new FakeEntity(type, { support }).run('now')).to.equal(42);
    }
  });

  it('S118 S122 injects properties, named services and lazy ones, and runs @postConstruct', async () => {
    @Entity()
    class Everything {
      ready = '';
      @inject(Clock) readonly property!: Clock;
      constructor(
        @inject('engine') @named('fast') readonly engine: { name: string },
        @inject(new LazyServiceIdentifier(() => Clock)) readonly lazy: Clock,
      ) {}
      @postConstruct() start(): void {
        this.ready = `${this.engine.name} ${this.lazy.now()}`;
      }
      @Operation() async show(): Promise<string> {
        return `${this.ready} ${this.property.now()}`;
      }
    }
    const container = new Container();
    container.bind('engine').toConstantValue({ name: 'slow' }).whenNamed('slow');
    container.bind('engine').toConstantValue({ name: 'fast' }).whenNamed('fast');
    const entity = new FakeEntity(Everything, { support: createClassSupport({ container, registered: [Everything] }) });
    expect(await entity.run('show')).to.equal('fast 42 42');
    expect(entity.stored).to.deep.equal({ ready: 'fast 42' });
  });

  it('S67 S125 surfaces what a constructor throws, or what the container cannot find', async () => {
    @Entity()
    class Throwing {
      constructor() {
        throw new RangeError('no room');
      }
      @Operation() async go(): Promise<void> {}
    }
    const thrown = await thrownBy(() => new FakeEntity(Throwing).run('go'));
    expect(thrown).to.be.instanceOf(RangeError).with.property('message', 'no room');
    const missing = await thrownBy(() => new FakeEntity(Timed).run('stamp'));
    expect(missing.message).to.contain('Logger');
  });

  it('refuses, when it is registered, a constructor whose parameters cannot be injected', () => {
    interface Shape {
      readonly size: number;
    }
    @Entity()
    class Shaped {
      constructor(
        readonly clock: Clock,
        readonly shape: Shape,
        readonly count = 3,
      ) {}
    }
    expect(() => createClassSupport({ registered: [Shaped] }))
      .to.throw(RegistrationError)
      .with.property('message')
      .which.equals(
        'Shaped: constructor parameter 2 cannot be injected: ' +
          'name their tokens in the option inject of its decorator, mark each parameter @inject(...), or emit decorator metadata',
      );
    // esbuild emits a decorated class like this one, without any metadata.
    class Bare {
      constructor(readonly clock: Clock) {}
    }
    Entity()(Bare);
    expect(() => createClassSupport({ registered: [Bare] })).to.throw(RegistrationError, 'emit decorator metadata');
    class SubBare extends Bare {}
    Entity()(SubBare);
    expect(() => createClassSupport({ registered: [SubBare] })).to.throw(RegistrationError, 'SubBare');
  });

  it('says that a parameter type is undefined because of a circular import', () => {
    class Circular {
      constructor(readonly other: object) {}
    }
    Reflect.defineMetadata('design:paramtypes', [undefined], Circular);
    Entity()(Circular);
    expect(() => createClassSupport({ registered: [Circular] })).to.throw(RegistrationError, 'a circular import?');
  });

  it('refuses what is no container', () => {
    expect(() => createClassSupport({ container: {} as Container, registered: [] })).to.throw(
      InvalidArgumentError,
      'Container',
    );
  });

  it('builds activities and orchestrations through the container', async () => {
    @Activity()
    class Charge {
      constructor(readonly clock: Clock) {}
      async run(_context: ActivityContext, cents: number): Promise<number> {
        return cents + this.clock.now();
      }
    }
    @Orchestration({ name: 'Saga' })
    class OrderSaga {
      constructor(readonly clock: Clock) {}
      async run(_context: OrchestrationContext, n: number): Promise<number> {
        return n * this.clock.now();
      }
    }
    const { definitions } = createClassSupport({ registered: [Charge, OrderSaga] });
    expect(definitions.map(({ kind, name }) => `${kind} ${name}`)).to.deep.equal([
      'activity Charge',
      'orchestration Saga',
    ]);
    expect(await definitions[0]!.handler({} as never, 1)).to.equal(43);
    expect(await definitions[1]!.handler({} as never, 2)).to.equal(84);
  });

  it('refuses a service that is hidden in a field of another name', async () => {
    class Deps {
      constructor(readonly clock: Clock) {}
    }
    @Entity()
    class Hiding {
      deps: object;
      constructor(clock: Clock) {
        this.deps = { clock, more: new Deps(clock) };
      }
      @Operation() async go(): Promise<void> {}
    }
    const error = await thrownBy(() => new FakeEntity(Hiding).run('go'));
    expect(error).to.be.instanceOf(SerializationError);
    expect(error.message).to.contain('deps.clock').and.to.contain('Clock');
  });

  it('gives the services of a TaskEntity to initializeState', async () => {
    @Entity()
    class Task extends TaskEntity<{ at: number }> {
      constructor(private readonly clock: Clock) {
        super();
      }
      protected override initializeState(): { at: number } {
        return { at: this.clock.now() };
      }
      @Operation() async at(): Promise<number> {
        return this.state.at;
      }
    }
    const entity = new FakeEntity(Task);
    expect(await entity.run('at')).to.equal(42);
    expect(entity.stored).to.deep.equal({ at: 42 });
  });
});
