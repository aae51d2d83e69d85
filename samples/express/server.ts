import express, { type ErrorRequestHandler, type Express } from 'express';
import type { DurableHost } from 'durable-entities';
import { DurableError, httpStatusOf } from 'durable-entities/errors';
import type { DurableHandler } from 'durable-entities/http';
import { Account, transfer, type Transfer } from './bank.js';

// #region errors
/** The last middleware: an error of durable-entities becomes its status, and code, message and hint. */
export const durableErrors: ErrorRequestHandler = (error, _request, response, next) => {
  if (!(error instanceof DurableError) || response.headersSent) return next(error);
  const { code, message, hint } = error;
  const status = httpStatusOf(error);
  if (status === 503) response.set('retry-after', '1');
  response.status(status).json({ code, message, hint });
};
// #endregion

// #region routes
/** The routes of the bank. They hold no state, so the server can be stopped at any time. */
export function bankServer(host: DurableHost, dashboard: DurableHandler): Express {
  const { client } = host;
  const app = express();
  app.disable('x-powered-by');
  app.use('/durable', dashboard);
  app.use(express.json());

  app.get('/healthz', (_request, response) => void response.json({ up: true }));
  app.get('/readyz', (_request, response) => {
    const { ready } = host.status();
    response.status(ready ? 200 : 503).json({ ready });
  });

  app.get('/accounts/:id', async ({ params }, response) => {
    const { entityExists, entityState } = await client.readEntityState(Account, params.id);
    response.status(entityExists ? 200 : 404).json({ cents: entityState?.cents ?? 0 });
  });

  // A repeated request with the same Idempotency-Key has no second effect, and gets the same answer.
  app.post('/accounts/:id/deposits', async (request, response) => {
    const { cents } = request.body as { cents: number };
    const options = { requestId: request.get('idempotency-key'), timeout: '10s' } as const;
    const balance = await client.callEntity(Account, request.params.id, (account) => account.add(cents), options);
    response.json({ cents: balance });
  });

  // 202: the transfer is durable, and ends whatever happens to this process. The header is the id of its run.
  app.post('/transfers', async (request, response) => {
    const instanceId = request.get('idempotency-key');
    const run = await client.startNew(transfer, { instanceId, input: request.body as Transfer });
    response.status(202).location(`/transfers/${run.instanceId}`).json({ id: run.instanceId });
  });

  app.get('/transfers/:id', async ({ params }, response) => {
    const text = await client.run(transfer, params.id).result({ timeout: '10s' });
    response.json({ text });
  });

  app.use(durableErrors);
  return app;
}
// #endregion
