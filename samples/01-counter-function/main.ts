import { DurableHost, EntityId } from 'durable-entities';
import { answeringCounter, counter } from './counters.js';

await using host = await DurableHost.start({ storage: ':memory:', register: [counter, answeringCounter] });
const { client } = host;

for (const name of ['Counter', 'AnsweringCounter']) {
  const id = new EntityId(name, 'myCounter');
  console.log(id.toString());
  console.log('  add 5   ->', await client.callEntity(id, 'add', 5));
  console.log('  add 2   ->', await client.callEntity(id, 'add', 2));
  console.log('  get     ->', await client.callEntity(id, 'get'));
  console.log('  reset   ->', await client.callEntity(id, 'reset'));
  console.log('  get     ->', await client.callEntity(id, 'get'));
  console.log('  delete  ->', await client.callEntity(id, 'delete'));
  console.log('  exists  ->', (await client.readEntityState(id)).entityExists);
}
