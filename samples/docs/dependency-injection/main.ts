// #region services
import { Container, inject } from 'inversify';
import { Activity, DurableHost, Entity, EntityId, Operation, defineOrchestration } from 'durable-entities';

/** A class can be injected by its type. */
class PriceList {
  priceOf(article: string): number {
    return article.length;
  }
}

/** An interface does not exist at run time, so it is injected by a token. */
interface Mailer {
  send(text: string): void;
}
const Mailer = Symbol('Mailer');
// #endregion

// #region entity
@Entity()
class Basket {
  articles: string[] = [];

  // Injected services are never stored.
  constructor(
    private readonly prices: PriceList,
    @inject(Mailer) private readonly mailer: Mailer,
  ) {}

  @Operation()
  async add(article: string): Promise<number> {
    this.articles.push(article);
    this.mailer.send(`${Entity.current.entityKey} added ${article}`);
    return this.articles.reduce((sum, one) => sum + this.prices.priceOf(one), 0);
  }
}
// #endregion

// #region activity
import type { ActivityContext } from 'durable-entities';

@Activity()
class SendReceipt {
  constructor(@inject(Mailer) private readonly mailer: Mailer) {}

  async run(context: ActivityContext, total: number): Promise<void> {
    this.mailer.send(`a receipt for ${total}, of ${context.instanceId}`);
  }
}

const checkOut = defineOrchestration('CheckOut', async (context, total: number): Promise<void> => {
  await context.callActivity(SendReceipt, total);
});
// #endregion

// #region values
import { injectable } from 'inversify';
import { defineEntity } from 'durable-entities';

@injectable()
class Greeter {
  greeted = 0;

  constructor(
    private readonly prices: PriceList, // injected
    private readonly greeting: (name: string) => string, // given by `dispatch`
  ) {}

  @Operation()
  async greet(name: string): Promise<string> {
    this.greeted += 1;
    return `${this.greeting(name)}, guest ${this.greeted}, worth ${this.prices.priceOf(name)}`;
  }
}

const greeter = defineEntity('Greeter', (context) => {
  if (!context.hasState) context.setState({ greeted: 100 }); // a custom initial state
  return context.dispatch(Greeter, (name: string) => `hello ${name}`);
});
// #endregion

// #region container
const container = new Container();
container.bind(Mailer).toConstantValue({ send: (text: string) => console.log('mail:', text) });
// PriceList has no binding: the host constructs such classes.

await using host = await DurableHost.start({
  storage: ':memory:',
  container,
  register: [Basket, SendReceipt, checkOut, greeter],
});
// #endregion

const { client } = host;
await client.callEntity(Basket, 'ann', (basket) => basket.add('cup'));
const total = await client.callEntity(Basket, 'ann', (basket) => basket.add('saucer'));
await (await client.startNew(checkOut, { instanceId: 'order-1', input: total })).result();
console.log(await client.callEntity(new EntityId('Greeter', 'door'), 'greet', 'ann'));

// #region resolver
/** Services of an application that has a container of its own. */
const registry = new Map<unknown, unknown>([
  [PriceList, new PriceList()],
  [Mailer, { send: (text: string) => console.log('registry mail:', text) }],
]);

await using other = await DurableHost.start({
  storage: ':memory:',
  services: { has: (token) => registry.has(token), get: (token) => registry.get(token) },
  autobind: false,
  register: [Basket, SendReceipt, checkOut],
});
// #endregion
await other.client.callEntity(Basket, 'bob', (basket) => basket.add('pot'));
