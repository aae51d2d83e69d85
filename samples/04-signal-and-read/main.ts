import { DurableHost, EntityId, defineEntity } from 'durable-entities'; // in your program: from 'durable-entities'

const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  const value = context.getState(() => 0);
  if (context.operationName.toLowerCase() === 'add') context.setState(value + context.getInput<number>());
  else if (context.operationName === 'get') context.return(value);
  else context.unknownOperation();
});

await using host = await DurableHost.start({ storage: ':memory:', register: [counter] });
const { client } = host;
const id = new EntityId('Counter', 'myCounter');

/** What a handler of a queue would do: one message, one signal. Resolves when the signal cannot be lost any more. */
async function addFromQueue(message: string): Promise<void> {
  await client.signalEntity(id, 'Add', Number.parseInt(message, 10));
}

/** What a web server would answer. The state is the last committed one; nothing waits for signals on their way. */
async function queryCounter(key: string): Promise<string> {
  const { entityExists, entityState } = await client.readEntityState<number>(new EntityId('Counter', key));
  return entityExists ? `200 ${entityState}` : '404 No state found.';
}

console.log('before the first signal ->', await queryCounter('myCounter'));

for (const message of ['1', '10', '100']) await addFromQueue(message);
// One client's messages to one entity keep their order: once this call is answered, the signals before it have been applied.
await client.callEntity(id, 'get');

console.log('after three signals     ->', await queryCounter('myCounter'));
console.log('another counter         ->', await queryCounter('otherCounter'));
