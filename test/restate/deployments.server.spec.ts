/** Deployments on Restate: builds with addresses of their own run side by side, and an application may serve other services too. */
import { expect } from 'chai';
import { createEndpointHandler, service, type Context } from '@restatedev/restate-sdk';
import { once } from 'node:events';
import { createServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { defineEntity, defineOrchestration } from '../../src/functions/define.js';
import { EntityId } from '../../src/index.js';
import { RestateHost } from '../../src/restate/index.js';
import { eventually } from '../acceptance/world.js';
import { hasRestate, restateServer } from '../servers/restate.js';
import { RestateWorld } from './restate-world.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** The code of a build: its orchestration waits for an event, and tells its build. */
function build(name: string) {
  const counter = defineEntity('Counter', { effects: 'none' }, (context) => {
    const state = context.getState<{ n: number }>(() => ({ n: 0 }));
    state.n += 1;
    return `${name} ${state.n}`;
  });
  const flow = defineOrchestration('Flow', async (context) => {
    context.setCustomStatus('waits');
    await context.waitForExternalEvent('go');
    const counted = await context.callEntity<string>(new EntityId('Counter', 'a'), 'add');
    return `${name}, ${counted}`;
  });
  return [counter, flow];
}

if (hasRestate()) {
  describe('deployments on Restate', () => {
    const options = async (hub: string) => {
      const { ingress, admin } = await restateServer();
      return { ingress: [ingress], admin, hub, logger: silent, strict: 'off' as const };
    };

    it('an execution stays with the build that it began on, and new ones and entities take the new build', async () => {
      const { hub } = new RestateWorld();
      const given = { ...(await options(hub)), advertise: 'http://127.0.0.1:0' };
      const old = await RestateHost.start({ ...given, register: build('old') });
      const first = await old.client.startNew('Flow');
      await eventually(async () => ((await first.status())?.customStatus === 'waits' ? true : undefined), 'the wait');
      const next = await RestateHost.start({ ...given, register: build('new') });
      const second = await next.client.startNew('Flow');
      await second.raiseEvent('go');
      expect(await second.result()).to.equal('new, new 1');
      await next.client.run('Flow', first.instanceId).raiseEvent('go');
      expect(await first.result()).to.equal('old, new 2');
      await Promise.all([old.stop(), next.stop()]);
    });

    it('an application serves the services of a host beside its own, at one address', async () => {
      const { hub } = new RestateWorld();
      const given = await options(hub);
      const host = await RestateHost.start({ ...given, register: build('served') });
      const hello = service({
        name: `${hub}.hello`,
        handlers: { greet: async (_: Context, name: string) => `Hello ${name}` },
      });
      const server = createServer(
        createEndpointHandler({ services: [hello, ...host.restateServices], logger: () => {} }),
      );
      const sessions = new Set<ServerHttp2Session>();
      server.on('session', (session) => sessions.add(session));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const headers = { 'content-type': 'application/json' };
      const registered = await fetch(`${given.admin}/deployments`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ uri }),
      });
      expect(registered.ok, await registered.text()).to.equal(true);
      const greeted = await fetch(`${given.ingress[0]}/${hub}.hello/greet`, { method: 'POST', headers, body: '"Ann"' });
      expect(await greeted.json()).to.equal('Hello Ann');
      expect(await host.client.callEntity(new EntityId('Counter', 'a'), 'add')).to.equal('served 1');
      await host.stop();
      server.close();
      // Restate keeps its connections, and each of them would keep this process.
      for (const session of sessions) session.destroy();
    });
  });
}
