/** A bank with Fastify: `node dist/samples/fastify-app/main.js [FILE] [PORT]`. */
import { fastify } from 'fastify';
import { Account, register, transfer, type Transfer } from '../express/bank.js';
import { withDurable } from './durable-plugin.js';

const [storage = 'fastify.db', port = '3000'] = process.argv.slice(2);

// #region main
const app = fastify();
await withDurable(app, { storage, register });
const { client } = app.durable;

type ById = { Params: { id: string } };
const deposit = { body: { type: 'object', required: ['cents'], properties: { cents: { type: 'integer' } } } };

app.get<ById>('/accounts/:id', async ({ params }, reply) => {
  const { entityExists, entityState } = await client.readEntityState(Account, params.id);
  return reply.code(entityExists ? 200 : 404).send({ cents: entityState?.cents ?? 0 });
});

app.post<ById & { Body: { cents: number } }>('/accounts/:id/deposits', { schema: deposit }, async (request) => {
  const { params, body, headers } = request;
  const options = { requestId: headers['idempotency-key']?.toString(), timeout: '10s' } as const;
  return { cents: await client.callEntity(Account, params.id, (account) => account.add(body.cents), options) };
});

app.post<{ Body: Transfer }>('/transfers', async ({ body, headers }, reply) => {
  const instanceId = headers['idempotency-key']?.toString();
  const run = await client.startNew(transfer, { instanceId, input: body });
  return reply.code(202).header('location', `/transfers/${run.instanceId}`).send({ id: run.instanceId });
});

app.get<ById>('/transfers/:id', async ({ params }) => ({
  text: await client.run(transfer, params.id).result({ timeout: '10s' }),
}));

const address = await app.listen({ host: '127.0.0.1', port: Number(port) });
console.log(`The bank is open at ${address}`);

// `close` waits for open requests, and then runs the hook that stops the host.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void app.close().then(() => console.log('The bank is closed.')));
}
// #endregion
