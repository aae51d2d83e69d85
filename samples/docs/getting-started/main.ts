import { DurableHost } from 'durable-entities';
import { IShelf, Shelf, takeSet } from './shop.js';

const host = await DurableHost.start({ storage: 'shop.db', register: [Shelf, takeSet] });
const { client } = host;

await client.signalEntity(IShelf, 'cup', (shelf) => shelf.label('top left'));
await client.signalEntity(IShelf, 'saucer', (shelf) => shelf.label('top right'));
await client.callEntity(IShelf, 'cup', (shelf) => shelf.fill(2), { requestId: 'delivery 1, cups' });
await client.callEntity(IShelf, 'saucer', (shelf) => shelf.fill(1), { requestId: 'delivery 1, saucers' });

for (const instanceId of ['order-1', 'order-2']) {
  const run = await client.startNew(takeSet, { instanceId, input: ['cup', 'saucer'] });
  console.log(instanceId, '->', await run.result());
}
for (const article of ['cup', 'saucer']) {
  const { entityState } = await client.readEntityState(Shelf, article);
  console.log(article, '->', entityState?.pieces, 'left,', entityState?.text);
}
await host.stop();
