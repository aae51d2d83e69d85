import { defineEntity, defineOrchestration, EntityId } from 'durable-entities';

const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
  const sum = context.getState(() => 0) + context.getInput<number>();
  context.setState(sum);
  return sum;
});
const greet = defineOrchestration('Greet', (_context, name: string) => `Hello ${name}`);

// #region serve
import { DurableHost } from 'durable-entities';
import { serve } from 'durable-entities/http';

const key = 'a-key-of-32-random-characters-00';
const host = await DurableHost.start({ storage: ':memory:', register: [counter, greet] });
const server = await serve({ client: host.client, port: 0, tokens: { write: key } });
// #endregion

// #region client
import * as df from 'durable-functions';
import { azureClientInput } from 'durable-entities/http';

const input = df.input.durableClient();
const extraInputs = new Map([[input, azureClientInput(server.url, { key })]]);
const client = df.getClient({ options: { extraInputs: [input] }, extraInputs } as never);

const id = await client.startNew('Greet', { instanceId: 'greeting', input: 'Ann' });
const answer = await client.waitForCompletionOrCreateCheckStatusResponse(undefined as never, id, {
  retryIntervalInMilliseconds: 50,
});
console.log(answer.status, await answer.text());
// #endregion

await client.signalEntity(new df.EntityId('Counter', 'a'), 'add', 5);
await host.client.callEntity(new EntityId('Counter', 'a'), 'add', 0); // after the signal
console.log((await client.readEntityState(new df.EntityId('Counter', 'a'))).entityState);

await server.close();
await host.stop();
