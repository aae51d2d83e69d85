import { setTimeout } from 'node:timers/promises';
import { DurableHost } from 'durable-entities';
import { Counter, ICounter } from './counter.js';
import { deleteCounter, deleteCounterTyped, getCounter } from './routes.js';

await using host = await DurableHost.start({ storage: ':memory:', register: [Counter] });
const { client } = host;

for (const remove of [deleteCounter, deleteCounterTyped]) {
  await client.signalEntity(ICounter, 'myCounter', (counter) => counter.add(7));
  await client.callEntity(ICounter, 'myCounter', (counter) => counter.get());
  console.log('GET    ->', JSON.stringify(await getCounter(client, 'myCounter')));
  console.log('DELETE ->', JSON.stringify(await remove(client, 'myCounter')));
  // 202 means accepted: the entity is deleted when it has run the operation.
  while ((await getCounter(client, 'myCounter')).status !== 404) await setTimeout(1);
  console.log('GET    ->', JSON.stringify(await getCounter(client, 'myCounter')));
}
