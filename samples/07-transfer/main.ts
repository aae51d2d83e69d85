import { DurableHost } from 'durable-entities';
import { Account, IAccount } from './account.js';
import { carelessTransfer, transferFunds, type Transfer } from './transfer-funds.js';

await using host = await DurableHost.start({
  storage: ':memory:',
  register: [Account, transferFunds, carelessTransfer],
});
const { client } = host;
const names = ['ann', 'bob', 'cid'];

async function transfer(input: Transfer): Promise<boolean> {
  const run = await client.startNew(transferFunds, { input });
  return run.result();
}

async function balances(): Promise<number[]> {
  return Promise.all(names.map((name) => client.callEntity(IAccount, name, (account) => account.balance())));
}

await client.callEntity(IAccount, 'ann', (account) => account.add(100));
console.log('ann pays bob 70     ->', await transfer({ from: 'ann', to: 'bob', amount: 70 }), await balances());
console.log('ann pays bob 70     ->', await transfer({ from: 'ann', to: 'bob', amount: 70 }), await balances());

// Concurrent transfers in a circle, of more than the accounts hold: some are refused, and the total stays the same.
const rush = Array.from({ length: 30 }, (_, i) => ({ from: names[i % 3]!, to: names[(i + 1) % 3]!, amount: 40 }));
await Promise.all(rush.map(transfer));
const after = await balances();
console.log(
  '30 transfers at once',
  after.every((balance) => balance >= 0) ? 'nobody overdrawn,' : 'OVERDRAWN,',
  `${after.reduce((sum, balance) => sum + balance, 0)} in all`,
);

const careless = await client.startNew(carelessTransfer, { input: 'bob' });
console.log('a signal to a locked account is refused:', await careless.result());
