import type { FastifyInstance } from 'fastify';
import { DurableHost, type DurableHostOptions } from 'durable-entities';
import { DurableError, httpStatusOf } from 'durable-entities/errors';
import { createHandler } from 'durable-entities/http';

declare module 'fastify' {
  interface FastifyInstance {
    durable: DurableHost;
  }
}

// #region plugin
/** Starts a host for the application, and stops it after the last request. Answers errors, health and readiness. */
export async function withDurable(app: FastifyInstance, options: DurableHostOptions): Promise<void> {
  const host = await DurableHost.start(options);
  app.decorate('durable', host);
  app.addHook('onClose', () => host.stop());

  app.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof DurableError)) return reply.send(error);
    const { code, message, hint } = error;
    const status = httpStatusOf(error);
    if (status === 503) void reply.header('retry-after', '1');
    return reply.code(status).send({ code, message, hint });
  });

  app.get('/healthz', () => ({ up: true }));
  app.get('/readyz', (_request, reply) => {
    const { ready } = host.status();
    return reply.code(ready ? 200 : 503).send({ ready });
  });

  const dashboard = createHandler({ client: host.client, status: () => host.status(), prefix: '/durable' });
  app.addHook('preClose', async () => dashboard.close());
  app.all('/durable/*', (request, reply) => {
    reply.hijack();
    dashboard(Object.assign(request.raw, { body: request.body }), reply.raw);
  });
}
// #endregion
