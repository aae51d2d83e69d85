import { Container } from 'inversify';
import { DurableHost } from 'durable-entities';
import { Counter, CounterLog } from './counter.js';

const container = new Container();
container.bind(CounterLog).toConstantValue({ write: (line) => console.log(`log: ${line}`) });

await using host = await DurableHost.start({ storage: ':memory:', container, register: [Counter] });
const { client } = host;

await client.callEntity(Counter, 'myCounter', (counter) => counter.add(5));
await client.callEntity(Counter, 'myCounter', (counter) => counter.add(2));
console.log('get     ->', await client.callEntity(Counter, 'myCounter', (counter) => counter.get()));
await client.callEntity(Counter, 'myCounter', (counter) => counter.reset());
console.log('get     ->', await client.callEntity(Counter, 'myCounter', (counter) => counter.get()));
