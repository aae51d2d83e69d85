import { DurableHost, EntityId, defineEntity } from 'durable-entities';

const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  const value = context.getState(() => 0);
  if (context.operationName.toLowerCase() === 'add') context.setState(value + context.getInput<number>());
  else if (context.operationName === 'get') context.return(value);
  else context.unknownOperation();
});

await using host = await DurableHost.start({ storage: ':memory:', register: [counter] });
const { client } = host;
const id = new EntityId('Counter', 'myCounter');

/** The handler of a queue: it sends one signal per message. Resolves when the signal is durable. */
async function addFromQueue(message: string): Promise<void> {
  await client.signalEntity(id, 'Add', Number.parseInt(message, 10));
}

/** The answer of a web server: the last committed state, without waiting for signals on their way. */
async function queryCounter(key: string): Promise<string> {
  const { entityExists, entityState } = await client.readEntityState<number>(new EntityId('Counter', key));
  return entityExists ? `200 ${entityState}` : '404 No state found.';
}

console.log('before the first signal ->', await queryCounter('myCounter'));

for (const message of ['1', '10', '100']) await addFromQueue(message);
// Messages of one client to one entity keep their order: the answer comes after all signals before the call.
await client.callEntity(id, 'get');

console.log('after three signals     ->', await queryCounter('myCounter'));
console.log('another counter         ->', await queryCounter('otherCounter'));
