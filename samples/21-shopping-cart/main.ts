import { Container } from 'inversify';
import { DurableHost } from 'durable-entities';
import { Cart, ICart } from './cart.js';
import { checkout, type Receipt } from './checkout.js';
import { FixedPrices, PriceList } from './price-list.js';
import { IStock, Stock } from './stock.js';

const container = new Container();
container.bind(PriceList).to(FixedPrices).inSingletonScope();

await using host = await DurableHost.start({ storage: ':memory:', container, register: [Cart, Stock, checkout] });
const { client } = host;

const put = (customer: string, item: string, count: number): Promise<void> =>
  client.callEntity(ICart, customer, (cart) => cart.put({ item, count }));

async function pay(customer: string): Promise<Receipt> {
  const run = await client.startNew(checkout, { input: { customer, shop: 'corner' } });
  return run.result();
}

for (const [item, count] of Object.entries({ kettle: 5, lamp: 1 })) {
  await client.callEntity(IStock, 'corner', (stock) => stock.add({ item, count }));
}

await put('ann', 'kettle', 2);
await put('ann', 'kettle', 1);
await put('ann', 'boat', 1).catch((error: Error) => console.log(error.message));
console.log('ann pays      ', await pay('ann'));
console.log('ann pays again', await pay('ann'));

// Bob and Cid pay for the last lamp at the same time. The first of them gets it.
await Promise.all([put('bob', 'lamp', 1), put('cid', 'lamp', 1)]);
const receipts = await Promise.all([pay('bob'), pay('cid')]);
for (const receipt of receipts) if ('cents' in receipt) console.log('one pays      ', receipt.cents);
for (const receipt of receipts) if ('missing' in receipt) console.log('one misses    ', receipt.missing);

const { entityState } = await client.readEntityState(Stock, 'corner');
console.log('in stock      ', entityState?.counts);
