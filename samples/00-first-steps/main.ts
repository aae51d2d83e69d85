import { DurableHost, Entity, defineOrchestration, entityInterface } from 'durable-entities';

// TypeScript erases interfaces, so an interface has a token of the same name.
interface IAccount {
  balance(): Promise<number>; // returns a Promise: a proxy calls it and awaits the answer
  deposit(amount: number): Promise<void>;
  rename(owner: string): void; // returns nothing: a proxy signals it, one-way
}
const IAccount = entityInterface<IAccount>('IAccount', { balance: 'call', deposit: 'call', rename: 'signal' });

// One account per key. Its fields are its stored state. Its operations run one at a time, each completely or not at all.
@Entity({ implements: [IAccount], effects: 'none' })
class Account implements IAccount {
  owner = '';
  cents = 0;

  async balance(): Promise<number> {
    return this.cents;
  }
  async deposit(amount: number): Promise<void> {
    if (this.cents + amount < 0) throw new Error(`${this.owner} has only ${this.cents} cents`);
    this.cents += amount;
  }
  rename(owner: string): void {
    this.owner = owner;
  }
}

// The transfer survives any crash. No other operation runs on the two accounts until it ends.
const transfer = defineOrchestration(
  'Transfer',
  async (context, { from, to, amount }: { from: string; to: string; amount: number }): Promise<string> => {
    using _section = await context.lock([Account, from], [Account, to]);
    const source = context.createEntityProxy(IAccount, from);
    const target = context.createEntityProxy(IAccount, to);
    await source.deposit(-amount);
    await target.deposit(amount);
    return `${from} -> ${to}: ${amount}`;
  },
);

const host = await DurableHost.start({ storage: process.argv[2] ?? 'first-steps.db', register: [Account, transfer] });
const { client } = host;

await client.signalEntity(IAccount, 'ann', (account) => account.rename('Ann'));
await client.callEntity(IAccount, 'ann', (account) => account.deposit(100), { requestId: 'opening gift' });

const run = await client.startNew(transfer, { instanceId: 'gift-1', input: { from: 'ann', to: 'bob', amount: 30 } });
console.log(await run.result());

const again = await client.startNew(transfer, { instanceId: 'gift-2', input: { from: 'ann', to: 'bob', amount: 500 } });
console.log(await again.result().catch((error: Error) => error.message));

const { entityState } = await client.readEntityState(Account, 'ann');
console.log(`${entityState?.owner} has ${entityState?.cents} cents`);
await host.stop();
