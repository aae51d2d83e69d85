import { DurableHost, EntityId } from 'durable-entities';
import { Counter, ICounter } from './counter.js';
import { plainCounter } from './plain-counter.js';

await using host = await DurableHost.start({ storage: ':memory:', register: [Counter, plainCounter] });
const { client } = host;

await client.signalEntity(ICounter, 'myCounter', (counter) => counter.add(5));
await client.signalEntity(ICounter, 'myCounter', (counter) => counter.add(2));
console.log('get     ->', await client.callEntity(ICounter, 'myCounter', (counter) => counter.get()));

const { entityState } = await client.readEntityState(Counter, 'myCounter');
console.log('as data ->', entityState?.currentValue);

await client.callEntity(ICounter, 'myCounter', (counter) => counter.reset());
console.log('reset   ->', await client.callEntity(ICounter, 'myCounter', (counter) => counter.get()));

const plain = new EntityId('PlainCounter', 'myCounter');
console.log('add 5   ->', await client.callEntity(plain, 'add', 5));
console.log('Add 2   ->', await client.callEntity(plain, 'Add', 2)); // names are compared without regard to case
