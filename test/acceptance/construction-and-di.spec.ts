import { expect } from 'chai';
import { Exclude } from 'class-transformer';
import { Container, inject, injectable } from 'inversify';
import {
  Activity,
  defineEntity,
  defineOrchestration,
  Entity,
  EntityId,
  Operation,
  Orchestration,
  TaskEntity,
  type ActivityContext,
  type OrchestrationContext,
} from '../../src/index.js';
import { EntityConstructionError, InvalidArgumentError, RegistrationError } from '../../src/errors/index.js';
import { acceptance, twoSettings } from './variants.js';
import { refusal } from './world.js';

const TOKENS = { greeting: Symbol('greeting'), fetcher: 'fetcher', lock: Symbol('lock') };

@injectable()
class PriceList {
  static built = 0;
  readonly number = ++PriceList.built;
  lookups = 0;
  price(item: string): number {
    this.lookups++;
    return item.length;
  }
  whoAsks(): string {
    return Entity.current.entityKey;
  }
}

interface Greeting {
  readonly text: string;
}
interface Fetcher {
  get(url: string): Promise<number>;
}

@Entity()
class Basket {
  items: string[] = [];
  @Exclude() private cache = new Map<string, number>();
  constructor(
    private readonly prices: PriceList,
    @inject(TOKENS.greeting) readonly greeting: Greeting,
    @inject(TOKENS.fetcher) private readonly fetcher: Fetcher,
  ) {}
  @Operation() put(item: string): void {
    this.items.push(item);
    this.cache.set(item, 1);
  }
  @Operation() async total(): Promise<number> {
    return this.items.reduce((sum, item) => sum + this.prices.price(item), 0);
  }
  @Operation() hello(): string {
    return `${this.greeting.text} ${this.prices.whoAsks()}`;
  }
  @Operation() async fetch(url: string): Promise<number> {
    return this.fetcher.get(url);
  }
}

/** Inherits the constructor: inversify alone would give it nothing. */
@Entity()
class GiftBasket extends Basket {
  wrapped = false;
  @Operation() wrap(): boolean {
    return (this.wrapped = true);
  }
}

@Entity()
class TaskBasket extends TaskEntity<{ items: string[] }> {
  constructor(private readonly prices: PriceList) {
    super();
  }
  protected override initializeState(): { items: string[] } {
    return { items: [] };
  }
  @Operation() put(item: string): number {
    this.state.items.push(item);
    return this.state.items.reduce((sum, each) => sum + this.prices.price(each), 0);
  }
}

class Label {
  constructor(readonly text: string) {}
}
class BlobContainer {
  readonly texts: string[] = [];
  async put(text: string): Promise<void> {
    await Promise.resolve();
    this.texts.push(text);
  }
}

/** What `dispatch` is given and what is injected, in one constructor. */
@Entity({ effects: 'external' })
class BlobBacked {
  pages = 0;
  @Exclude() private readonly opened = new Date();
  constructor(
    private readonly blob: BlobContainer,
    private readonly prices: PriceList,
    private readonly label: Label,
  ) {}
  @Operation() async write(text: string): Promise<string> {
    this.pages += this.prices.price('x');
    await this.blob.put(text);
    return `${this.label.text}:${this.blob.texts.join(',')}:${this.pages}:${this.opened instanceof Date}`;
  }
}
let mayBeBuilt = true;
@Entity({ effects: 'none' })
class Fragile {
  value = 5;
  constructor() {
    if (!mayBeBuilt) throw new RangeError('no vase today');
  }
  @Operation() add(n: number): number {
    return (this.value += n);
  }
}

const container = () => {
  const services = new Container();
  services.bind(TOKENS.greeting).toConstantValue({ text: 'hello' });
  services.bind<Fetcher>(TOKENS.fetcher).toConstantValue({ get: async (url) => url.length });
  return services;
};
const at = (type: { name: string }, key = 'k') => new EntityId(type.name, key);

acceptance('construction-and-di', twoSettings, (world) => {
  beforeEach(() => {
    mayBeBuilt = true;
  });

  it('S118 S122 S202 services are injected by type and by token; what is not bound is built', async () => {
    const client = await world().start([Basket], { container: container() });
    await client.callEntity(at(Basket), 'put', 'apple');
    await client.callEntity(at(Basket), 'put', 'fig');
    expect(await client.callEntity(at(Basket), 'total')).to.equal(8);
    expect(await client.callEntity(at(Basket), 'fetch', 'http://x')).to.equal(8);
  });

  it('S52 Entity.current works inside injected services', async () => {
    const client = await world().start([Basket], { container: container() });
    expect(await client.callEntity(at(Basket, 'me'), 'hello')).to.equal('hello me');
  });

  it('S116 S123 injected services and excluded fields are never stored, and a stored entity has them again', async () => {
    const client = await world().start([Basket], { container: container() });
    await client.callEntity(at(Basket), 'put', 'apple');
    expect((await client.readEntityState(at(Basket))).entityState).to.deep.equal({ items: ['apple'] });
    const again = await world().restart();
    expect(await again.callEntity(at(Basket), 'total')).to.equal(5);
    expect((await again.readEntityState(Basket, 'k')).entityState?.items).to.deep.equal(['apple']);
  });

  it('S122 singletons stay singletons, transients are built for each use', async () => {
    const services = container();
    services.bind(PriceList).toSelf().inSingletonScope();
    const client = await world().start([Basket, TaskBasket], { container: services });
    await client.callEntity(at(Basket), 'put', 'apple');
    await client.callEntity(at(Basket), 'total');
    await client.callEntity(at(TaskBasket), 'put', 'fig');
    expect(services.get(PriceList).lookups).to.equal(2);
  });

  it('S124 two ids never share an instance, even when the class is bound as a singleton', async () => {
    const services = container();
    services.bind(Fragile).toSelf().inSingletonScope();
    const client = await world().start([Fragile], { container: services });
    expect(await client.callEntity(at(Fragile, 'a'), 'add', 1)).to.equal(6);
    expect(await client.callEntity(at(Fragile, 'b'), 'add', 1)).to.equal(6);
  });

  it('S118 a subclass without a constructor of its own gets the services of its base', async () => {
    const client = await world().start([GiftBasket], { container: container() });
    await client.callEntity(at(GiftBasket), 'put', 'apple');
    expect(await client.callEntity(at(GiftBasket), 'wrap')).to.equal(true);
    expect(await client.callEntity(at(GiftBasket), 'total')).to.equal(5);
    expect((await client.readEntityState(at(GiftBasket))).entityState).to.deep.equal({
      items: ['apple'],
      wrapped: true,
    });
  });

  it('S36 S179 a TaskEntity has its state apart from its services', async () => {
    const client = await world().start([TaskBasket]);
    expect(await client.callEntity(at(TaskBasket), 'put', 'apple')).to.equal(5);
    expect(await client.callEntity(at(TaskBasket), 'put', 'fig')).to.equal(8);
    expect((await client.readEntityState(at(TaskBasket))).entityState).to.deep.equal({ items: ['apple', 'fig'] });
  });

  it('S119 S120 S121 S201 BlobBacked: values of dispatch fill the constructor parameters that are not injected', async () => {
    const blob = new BlobContainer();
    const services = container();
    services.bind(PriceList).toSelf();
    const entity = defineEntity('BlobBacked', (context) => {
      if (!context.hasState) context.setState({ pages: 10 });
      return context.dispatch(BlobBacked, blob, new Label('label'));
    });
    const client = await world().start([entity], { container: services });
    expect(await client.callEntity(at(BlobBacked), 'write', 'one')).to.equal('label:one:11:true');
    expect(await client.callEntity(at(BlobBacked), 'write', 'two')).to.equal('label:one,two:12:true');
    expect((await client.readEntityState(at(BlobBacked))).entityState).to.deep.equal({ pages: 12 });
  });

  it('S125 a constructor that throws fails the call and the signal, not the worker; state is untouched', async () => {
    const client = await world().start([Fragile]);
    await client.callEntity(at(Fragile), 'add', 1);
    await client.callEntity(at(Fragile, 'other'), 'add', 1);
    mayBeBuilt = false;
    if (world().setting.evict) {
      const error = await refusal(client.callEntity(at(Fragile), 'add', 1), EntityConstructionError, 'DE_CONSTRUCTION');
      expect(error.cause).to.include({ name: 'RangeError', message: 'no vase today' });
    }
    const fresh = await refusal(
      client.callEntity(at(Fragile, 'new'), 'add', 1),
      EntityConstructionError,
      'DE_CONSTRUCTION',
    );
    expect(fresh.cause).to.include({ name: 'RangeError' });
    await client.signalEntity(at(Fragile, 'new'), 'add', 1);
    expect((await world().failedSignal('add')).error).to.be.instanceOf(EntityConstructionError);
    expect((await client.readEntityState(at(Fragile, 'new'))).entityExists).to.equal(false);
    mayBeBuilt = true;
    expect(await client.callEntity(at(Fragile), 'add', 1)).to.equal(7);
    expect(await client.callEntity(at(Fragile, 'new'), 'add', 1)).to.equal(6);
  });

  it('S125 a service that is not bound is refused at the start with its name', async () => {
    const start = world().start([Basket], { container: new Container() });
    const error = await refusal(start, RegistrationError, 'DE_REGISTRATION');
    expect(error.message).to.contain('Basket: constructor parameter 2 needs Symbol(greeting), which is not bound');
  });

  it('S125 an unconstructible entity can still be deleted', async () => {
    const client = await world().start([Fragile]);
    await client.callEntity(at(Fragile), 'add', 1);
    mayBeBuilt = false;
    await client.callEntity(at(Fragile), 'delete');
    expect((await client.readEntityState(at(Fragile))).entityExists).to.equal(false);
  });

  it('S125 an initialize that throws is an EntityConstructionError, and nothing is created', async () => {
    @Entity({
      effects: 'none',
      initialize() {
        throw new RangeError('not yet');
      },
    })
    class Initialized {
      n = 1;
      @Operation() get(): number {
        return this.n;
      }
    }
    const client = await world().start([Initialized]);
    await refusal(client.callEntity(at(Initialized), 'get'), EntityConstructionError, 'DE_CONSTRUCTION');
    expect((await client.readEntityState(at(Initialized))).entityExists).to.equal(false);
  });

  it('activities and orchestrations as classes get their services too', async () => {
    @Activity()
    class Price {
      constructor(
        private readonly prices: PriceList,
        @inject(TOKENS.greeting) private readonly greeting: Greeting,
      ) {}
      async run(_context: ActivityContext, item: string): Promise<string> {
        return `${this.greeting.text} ${this.prices.price(item)}`;
      }
    }
    @Orchestration()
    class Order {
      constructor(private readonly prices: PriceList) {}
      async run(context: OrchestrationContext, item: string): Promise<string> {
        return `${await context.callActivity(Price, item)} ${this.prices.price('ab')}`;
      }
    }
    const client = await world().start([Price, Order], { container: container() });
    expect(await (await client.startNew(Order, { input: 'apple' })).result()).to.equal('hello 5 2');
  });

  it('an activity that cannot be built fails its call, and the worker continues', async () => {
    @Activity()
    class Unbuildable {
      constructor(@inject(TOKENS.lock) private readonly broken: unknown) {}
      async run(): Promise<unknown> {
        return this.broken;
      }
    }
    const tries = defineOrchestration('Tries', async (context) =>
      context.callActivity(Unbuildable, undefined as never).catch((error: unknown) => (error as Error).name),
    );
    const services = new Container();
    services.bind(TOKENS.lock).toDynamicValue(() => {
      throw new RangeError('broken');
    });
    const client = await world().start([Unbuildable, tries], { container: services });
    expect(await (await client.startNew(tries)).result()).to.equal('ActivityFailedError');
  });

  it('S67 constructor parameters that nothing can fill are a registration error with the remedy', async () => {
    class Untyped {
      value = 0;
      constructor(readonly a: unknown) {}
      get(): number {
        return this.value;
      }
    }
    Reflect.deleteMetadata('design:paramtypes', Untyped);
    Operation()(Untyped.prototype, 'get', Object.getOwnPropertyDescriptor(Untyped.prototype, 'get') as never);
    Entity()(Untyped);
    const error = await refusal(world().start([Untyped]), RegistrationError, 'DE_REGISTRATION');
    expect(error.message).to.contain('Untyped');
    expect(`${error.message} ${error.hint}`).to.contain('@inject');
  });

  it('the host refuses a container that is not an inversify Container', async () => {
    await refusal(world().start([Fragile], { container: {} as never }), InvalidArgumentError, 'DE_INVALID_ARGUMENT');
  });
});
