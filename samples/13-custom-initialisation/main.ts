import { setImmediate } from 'node:timers/promises';
import { Container } from 'inversify';
import { DurableHost, EntityId } from 'durable-entities';
import { Beginnings, ICounter, ServedCounter, startingCounter } from './counters.js';

const container = new Container();
container.bind(Beginnings).toConstantValue({
  async of(key: string): Promise<number> {
    await setImmediate(); // stands for a request to another service
    console.log(`  ${key} begins at 1000`);
    return 1000;
  },
});

await using host = await DurableHost.start({
  storage: ':memory:',
  container,
  register: [startingCounter, ServedCounter],
});
const { client } = host;

console.log('by a function');
const id = new EntityId('StartingCounter', 'from-100');
console.log('  add 1  ->', await client.callEntity(id, 'add', 1));
console.log('  add 1  ->', await client.callEntity(id, 'add', 1));
await client.callEntity(id, 'delete');
console.log('  deleted');
console.log('  add 1  ->', await client.callEntity(id, 'add', 1));

console.log('by `initialize`');
const add = () => client.callEntity(ICounter, 'myCounter', (counter) => counter.add(1));
console.log('  add 1  ->', await add());
console.log('  add 1  ->', await add());
await client.callEntity(ICounter, 'myCounter', (counter) => counter.delete());
console.log('  deleted');
console.log('  add 1  ->', await add());
