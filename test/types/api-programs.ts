/** The programs of the documentation, as written: they must compile. Nothing here is run. */
import { Type } from 'class-transformer';
import { inject } from 'inversify';
import {
  Activity,
  DurableEntity,
  Entity,
  Operation,
  Orchestration,
  TaskEntity,
  entityInterface,
} from '../../src/classes/index.js';
import {
  defineActivity,
  defineEntity,
  defineOrchestration,
  type ActivityContext,
  type OrchestrationContext,
} from '../../src/functions/index.js';

export interface ICounter {
  add(amount: number): void;
  reset(): Promise<void>;
  get(): Promise<number>;
  delete(): void;
}
export const ICounter = entityInterface<ICounter>('ICounter', {
  add: 'signal',
  reset: 'call',
  get: 'call',
  delete: 'signal',
});

@Entity({ implements: [ICounter], effects: 'none' })
export class Counter implements ICounter {
  value = 0;
  add(amount: number): void {
    this.value += amount;
  }
  async reset(): Promise<void> {
    this.value = 0;
  }
  async get(): Promise<number> {
    return this.value;
  }
  delete(): void {
    Entity.current.deleteState();
  }
  private helper() {}
  protected useHelper(): void {
    this.helper();
  }
}

interface BasketState {
  items: string[];
}
class PriceList {
  sum(items: readonly string[]): number {
    return items.length;
  }
}
interface Logger {
  info(text: string): void;
}
const TOKENS = { Logger: Symbol('Logger') };

@Entity()
export class Basket extends TaskEntity<BasketState> {
  constructor(
    private readonly prices: PriceList,
    @inject(TOKENS.Logger) private readonly logger: Logger,
  ) {
    super();
  }
  protected override initializeState(): BasketState {
    return { items: [] };
  }
  @Operation() async total(): Promise<number> {
    this.logger.info('total');
    return this.prices.sum(this.state.items);
  }
}

export const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  const value = context.getState(() => 0);
  switch (context.operationName) {
    case 'add':
      context.setState(value + context.getInput<number>());
      break;
    case 'reset':
      context.setState(0);
      break;
    case 'get':
      return value;
    case 'delete':
      context.deleteState();
      break;
    default:
      context.unknownOperation();
  }
});

class BlobContainer {}
const blobContainer = new BlobContainer();

@Entity()
class BlobBacked {
  pages = 0;
  constructor(readonly blobs: BlobContainer) {}
  @Operation() async count(): Promise<number> {
    return this.pages;
  }
}

export const blobs = defineEntity('BlobBacked', (context) => {
  if (!context.hasState) context.setState({ pages: 1 });
  return context.dispatch(BlobBacked, blobContainer);
});

interface Transfer {
  from: string;
  to: string;
  amount: number;
}
interface IAccount {
  add(cents: number): Promise<void>;
  balance(): Promise<number>;
}
const IAccount = entityInterface<IAccount>('IAccount', { add: 'call', balance: 'call' });

@Entity({ implements: [IAccount] })
class Account implements IAccount {
  cents = 0;
  async add(cents: number): Promise<void> {
    this.cents += cents;
  }
  async balance(): Promise<number> {
    return this.cents;
  }
}

export const sendReceipt = defineActivity('SendReceipt', async (_context, _receipt: Transfer) => {});

export const transferFunds = defineOrchestration(
  'TransferFunds',
  async (context, { from, to, amount }: Transfer): Promise<boolean> => {
    // oxlint-disable-next-line no-underscore-dangle -- as documented
    using _section = await context.lock([Account, from], [Account, to]);
    const source = context.createEntityProxy(IAccount, from);
    const target = context.createEntityProxy(IAccount, to);
    if ((await source.balance()) < amount) return false;
    await Promise.all([source.add(-amount), target.add(amount)]);
    await context.callActivity(
      sendReceipt,
      { from, to, amount },
      { retry: { maxAttempts: 5, firstRetryInterval: '1s', backoffCoefficient: 2 } },
    );
    return true;
  },
);

interface Order {
  cents: number;
}
interface Outcome {
  ok: boolean;
}
class BankClient {}

@Activity()
export class ChargeCard {
  constructor(readonly bank: BankClient) {}
  async run(_context: ActivityContext, order: Order): Promise<string> {
    return `${order.cents}`;
  }
}

@Orchestration()
export class OrderSaga {
  async run(context: OrchestrationContext, order: Order): Promise<Outcome> {
    const receipt: string = await context.callActivity(ChargeCard, order);
    return { ok: receipt !== '' };
  }
}

class Contact {
  name = '';
}

/** Everything `@Entity` takes, beside a Map of objects. */
@DurableEntity<AddressBook>({
  name: 'Book',
  missingMembers: 'error',
  version: 2,
  upgrade: (state, from) => ({ ...(state as object), from }),
  initialize(context) {
    this.owner = context.entityKey;
  },
})
export class AddressBook {
  owner = '';
  @Type(() => Contact) contacts = new Map<string, Contact>();
  @Operation({ input: Contact }) async put(contact: Contact): Promise<void> {
    this.contacts.set(contact.name, contact);
  }
  @Operation({ readOnly: true }) async has(name: string): Promise<boolean> {
    return this.contacts.has(name);
  }
  @Operation({ oneWay: true }) forget(name: string): void {
    this.contacts.delete(name);
    Entity.current.signalEntity(ICounter, 'forgotten', (proxy) => proxy.add(1), { scheduledTime: new Date() });
  }
}
