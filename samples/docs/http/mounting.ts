import { createServer } from 'node:http';
import type { MiddlewareConsumer } from '@nestjs/common';
import type { Express } from 'express';
import type { FastifyInstance } from 'fastify';
import type { DurableClient } from 'durable-entities';
import { createHandler } from 'durable-entities/http';

declare const client: DurableClient;
declare const app: Express;
declare const fastify: FastifyInstance;
declare const consumer: MiddlewareConsumer;

// #region mounting
app.use('/durable', createHandler({ client })); // Express cuts the mount point off

// The others do not, so the handler gets it as its prefix.
const handler = createHandler({ client, prefix: '/durable' });
fastify.all('/durable/*', (request, reply) => {
  reply.hijack();
  handler(Object.assign(request.raw, { body: request.body }), reply.raw);
});
consumer.apply(handler).forRoutes('*path'); // NestJS, in `configure` of a module
createServer(handler).listen(8080, '127.0.0.1');
// #endregion
