import { DurableHost, EntityId } from 'durable-entities';
import { ClassCounter, counter, monitor } from './counters.js';
import { milestoneReached } from './milestone-reached.js';

await using host = await DurableHost.start({
  storage: ':memory:',
  register: [counter, monitor, ClassCounter, milestoneReached],
});
const { client } = host;

for (const [key, amounts] of Object.entries({ game1: [60, 60], game2: [60], game3: [100, 100] })) {
  for (const amount of amounts) await client.callEntity(new EntityId('Counter', key), 'add', amount);
}
console.log('the monitor was told of', await client.callEntity(new EntityId('MonitorEntity', ''), 'list'));

await client.callEntity(ClassCounter, 'game4', (counter) => counter.add(99));
await client.callEntity(ClassCounter, 'game4', (counter) => counter.add(1));
const run = client.run(milestoneReached, 'milestone-game4');
console.log('the orchestration says', await run.result());
