import { DurableHost, EntityId } from 'durable-entities';
import { Counter, ICounter } from './counter.js';
import { addThreeThenGet, countToTen, incrementByKey, incrementThenGet } from './orchestrations.js';

await using host = await DurableHost.start({
  storage: ':memory:',
  register: [Counter, addThreeThenGet, incrementThenGet, incrementByKey, countToTen],
});
const { client } = host;

for (const orchestration of [addThreeThenGet, incrementThenGet, incrementByKey]) {
  const run = await client.startNew(orchestration, { input: 'myCounter' });
  console.log(`${orchestration.name} ->`, await run.result());
}

for (let i = 0; i < 12; i++) {
  const run = await client.startNew(countToTen, { input: 'upToTen' });
  await run.result();
}
const upToTen = await client.callEntity(ICounter, 'upToTen', (counter) => counter.get());
console.log('CountToTen, twelve times ->', upToTen);

await client.signalEntity(ICounter, new EntityId('Counter', 'myCounter'), (counter) => counter.delete());
const again = await client.startNew(addThreeThenGet, { input: 'myCounter' });
console.log('deleted, then AddThreeThenGet ->', await again.result());
