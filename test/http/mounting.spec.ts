import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ExpressAdapter } from '@nestjs/platform-express';
import { expect } from 'chai';
import { EntityId } from '../../src/index.js';
import type { DurableHandler } from '../../src/http/index.js';
import { everything } from './counter.js';
import { Events, httpSuite, quiet, send, writing, type HttpWorld } from './harness.js';

/** A server of a framework with the handler at `/durable`, and a route of the application at `/app`. */
interface Mounted {
  readonly port: number;
  close(): Promise<void>;
}

type Mount = (world: HttpWorld) => Promise<Mounted>;

const frameworks: Readonly<Record<string, Mount>> = {
  async 'node:http'(world) {
    const handler = world.handler({ inspector: quiet, prefix: '/durable', writes: true });
    const server = createServer((request, response) => handler(request, response, () => response.end('app')));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const close = () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections());
    return { port: (server.address() as AddressInfo).port, close };
  },

  async 'Express, before its parsers'(world) {
    const app = express();
    app.use('/durable', world.handler({ inspector: quiet, writes: true }));
    return mountedExpress(app);
  },

  async 'Express, behind its parsers'(world) {
    const app = express();
    app.use(express.json());
    app.use('/durable', world.handler({ inspector: quiet, writes: true }));
    return mountedExpress(app);
  },

  async 'Express, with the prefix'(world) {
    const app = express();
    app.use(express.json(), world.handler({ inspector: quiet, prefix: '/durable', writes: true }));
    return mountedExpress(app);
  },

  async Fastify(world) {
    const handler = world.handler({ inspector: quiet, prefix: '/durable', writes: true });
    const app = fastify();
    app.all('/durable/*', (request, reply) => {
      reply.hijack();
      handler(Object.assign(request.raw, { body: request.body }), reply.raw);
    });
    app.get('/app', () => 'app');
    await app.listen({ port: 0, host: '127.0.0.1' });
    return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
  },

  async 'NestJS on Express'(world) {
    const app = await NestFactory.create(
      nestModule(world.handler({ inspector: quiet, prefix: '/durable', writes: true })),
      new ExpressAdapter(),
      { logger: false },
    );
    await app.listen(0, '127.0.0.1');
    return { port: (app.getHttpServer() as { address(): AddressInfo }).address().port, close: () => app.close() };
  },

  async 'NestJS on Fastify'(world) {
    const app = await NestFactory.create(
      nestModule(world.handler({ inspector: quiet, prefix: '/durable', writes: true })),
      new FastifyAdapter(),
      { logger: false },
    );
    await app.listen(0, '127.0.0.1');
    return { port: (app.getHttpServer() as { address(): AddressInfo }).address().port, close: () => app.close() };
  },
};

async function mountedExpress(app: express.Express): Promise<Mounted> {
  app.get('/app', (_request, response) => void response.send('app'));
  const server = await new Promise<ReturnType<typeof app.listen>>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections());
  return { port: (server.address() as AddressInfo).port, close };
}

/** A module whose middleware is the handler. Nest takes classes, so the handler stands in the scope of this one. */
function nestModule(handler: DurableHandler): new () => NestModule {
  class AppModule implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      const serve = (request: IncomingMessage, response: ServerResponse) =>
        handler(request, response, () => response.end('app'));
      consumer.apply(serve).forRoutes('*path');
    }
  }
  Module({})(AppModule);
  return AppModule;
}

for (const [name, mount] of Object.entries(frameworks)) {
  httpSuite(`mounted into ${name}`, (world) => {
    let mounted: Mounted;
    beforeEach(async () => {
      await world().start(everything);
      mounted = await mount(world());
    });
    afterEach(() => mounted.close());

    it('it serves below its mount point, and the application serves the rest', async () => {
      const { port } = mounted;
      expect((await send(port, '/durable/healthz')).json).to.deep.equal({ up: true });
      expect((await send(port, '/app')).text).to.equal('app');
      const { json } = await send(port, '/durable/api/v1/openapi.json');
      expect((json as { servers: unknown }).servers).to.deep.equal([{ url: '/durable' }]);
    });

    it('it takes bodies, parsed by the framework or not', async () => {
      const { port } = mounted;
      const post = (path: string, body: unknown) =>
        send(port, `/durable/api/v1/entities/counter/a${path}`, { method: 'POST', headers: writing, body });
      const signalled = await post('/signal', { operation: 'keep', input: { deep: [1, 'é'] } });
      expect(signalled.status, signalled.text).to.equal(202);
      const { ticket } = signalled.json as { ticket: string };
      const { entityState } = await world().client.readEntityState(new EntityId('Counter', 'a'), { after: ticket });
      expect(entityState).to.deep.equal({ deep: [1, 'é'] });
      const called = await post('/call', { operation: 'get' });
      expect(called.json).to.deep.equal({ result: { value: { deep: [1, 'é'] } } });
    });

    it('it takes a command without fields', async () => {
      const run = await world().client.startNew('Waiter', { instanceId: 'w' });
      const suspended = await send(mounted.port, '/durable/api/v1/runs/w/suspend', {
        method: 'POST',
        headers: writing,
        body: {},
      });
      expect(suspended.json).to.deep.equal({ instanceId: 'w' });
      expect((await run.status())?.runtimeStatus).to.equal('suspended');
    });

    it('a slash in a key is a part of the key', async () => {
      const path = '/durable/api/v1/entities/counter/a%2Fb%25%20%C3%A9/call';
      const added = await send(mounted.port, path, {
        method: 'POST',
        headers: writing,
        body: { operation: 'add', input: 2 },
      });
      expect(added.status, added.text).to.equal(200);
      const { entityState } = await world().client.readEntityState(new EntityId('Counter', 'a/b% é'));
      expect(entityState).to.equal(2);
    });

    it('it streams events', async () => {
      const events = await Events.open(mounted.port, '/durable/api/v1/live');
      expect([events.status, await events.block()]).to.deep.equal([200, ': open']);
      events.close();
    });
  });
}
