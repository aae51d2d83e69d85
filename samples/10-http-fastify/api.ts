import fastify, { type FastifyInstance } from 'fastify';
import { EntityId, type DurableClient } from 'durable-entities';
import { Counter, ICounter } from './counter.js';

type ByKey = { Params: { key: string } };
type Add = ByKey & { Body: { amount: number } };

const addSchema = {
  body: { type: 'object', required: ['amount'], properties: { amount: { type: 'integer' } } },
};

/** The web server of the counters. It holds no state, so it can be stopped at any time. */
export function counterApi(client: DurableClient): FastifyInstance {
  const api = fastify();

  // 202: the signal is durable and will be applied. A repeated request with the same id has no second effect.
  api.post<Add>('/Counter/:key/add', { schema: addSchema }, async ({ params, body, headers }, reply) => {
    const requestId = headers['idempotency-key']?.toString();
    await client.signalEntity(ICounter, params.key, (counter) => counter.add(body.amount), { requestId });
    return reply.code(202).send();
  });

  // The last committed state, without the signals on their way.
  api.get<ByKey>('/Counter/:key', async ({ params }, reply) => {
    const { entityExists, entityState } = await client.readEntityState(Counter, params.key);
    return entityExists ? entityState : reply.code(404).send({ error: 'No state found' });
  });

  // The value after every signal that was accepted before. This request waits for the entity.
  api.get<ByKey>('/Counter/:key/value', async ({ params }) => ({
    value: await client.callEntity(ICounter, params.key, (counter) => counter.get(), { timeout: '10s' }),
  }));

  api.delete<ByKey>('/Counter/:key', async ({ params }, reply) => {
    await client.signalEntity(new EntityId('Counter', params.key), 'Delete'); // the same message by strings
    return reply.code(202).send();
  });

  return api;
}
