/** Clients of several nodes: an address that is dead or silent, and answers that come too early. No server of Restate is needed. */
import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NodeRandom } from '../../src/host/node-random.js';
import { Admin } from '../../src/restate/client/admin.js';
import { Ingress } from '../../src/restate/client/ingress.js';
import { RunRequests } from '../../src/restate/client/run-requests.js';
import { ServiceNames } from '../../src/restate/wire/service-names.js';
import { MovedClock } from '../acceptance/moved-clock.js';
import { freePort } from '../servers/own-server.js';

type Answer = (path: string, response: ServerResponse) => void;

/** Longer than an ingress may be silent. */
const silenceMs = 5_000;
const healthPath = '/restate/health';

describe('a client with several addresses of Restate', () => {
  const servers: Server[] = [];
  let clock: MovedClock;

  beforeEach(() => {
    clock = new MovedClock();
  });
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** A node that remembers the paths of its requests. */
  const node = async (answer: Answer) => {
    const paths: string[] = [];
    const server = createServer((request: IncomingMessage, response) => {
      paths.push(request.url as string);
      answer(request.url as string, response);
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, paths, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };
  const deadUrl = async () => `http://127.0.0.1:${await freePort()}`;
  const target = { service: 'de.entity.counter', key: 'a', handler: 'run' };
  const json = (response: ServerResponse, value: unknown, status = 200) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));

  it('sends a request again to the next address when the first one is silent and tells no health', async () => {
    const silent = await node(() => {});
    const living = await node((_, response) => json(response, 'answer'));
    const ingress = new Ingress([silent.url, living.url], clock);
    const asked = once(silent.server, 'request');
    const call = ingress.call(target, null, 'key');
    await asked;
    const probed = once(silent.server, 'request');
    clock.pass(silenceMs);
    await probed;
    expect(silent.paths).to.deep.equal(['/de.entity.counter/a/run', healthPath]);
    clock.pass(silenceMs);
    expect(await call).to.equal('answer');
    expect(living.paths).to.deep.equal(['/de.entity.counter/a/run']);
  });

  it('waits for an answer for as long as the ingress tells that it is healthy', async () => {
    let finish: (() => void) | undefined;
    const slow = await node((path, response) => {
      if (path === healthPath) json(response, {});
      else finish = () => json(response, 'late');
    });
    const other = await node((_, response) => json(response, 'other'));
    const ingress = new Ingress([slow.url, other.url], clock);
    const asked = once(slow.server, 'request');
    const call = ingress.call(target, null, 'key');
    await asked;
    for (let looks = 1; looks <= 3; looks++) {
      const probed = once(slow.server, 'request');
      clock.pass(silenceMs);
      await probed;
      // Behind the answer to the look.
      await ingress.isReachable();
    }
    finish?.();
    expect(await call).to.equal('late');
    expect(other.paths).to.deep.equal([]);
  });

  it('finds an ingress and an admin API that answer behind addresses that are dead or in trouble', async () => {
    const living = await node((_, response) => json(response, { services: [{ name: 'de.activity.Pay' }] }));
    const troubled = await node((_, response) => json(response, { message: 'no leader' }, 503));
    const addresses = [await deadUrl(), troubled.url, living.url];
    expect(await new Ingress(addresses, clock).isReachable()).to.equal(true);
    expect(await new Admin(addresses).announced(new ServiceNames('de'))).to.deep.equal(['activity:Pay']);
    expect(await new Ingress([addresses[0] as string], clock).isReachable()).to.equal(false);
  });

  it('waits for a run whose execution has not reached its partition yet, and does not take it for a killed one', async () => {
    const run = { name: 'Tiny', execution: 'e1', invocation: 'inv_1', status: 'running' };
    let stored: object = run;
    const living = await node((path, response) => {
      if (path.endsWith('/attach')) return json(response, { message: 'invocation not found' }, 404);
      if (path.endsWith('/settled')) {
        stored = { ...run, status: 'completed', output: '"done"' };
        return json(response, true);
      }
      return json(response, stored);
    });
    const runs = new RunRequests(new Ingress([living.url], clock), new ServiceNames('de'), new NodeRandom(), () => 0);
    const end = await runs.ended('run1', new AbortController().signal);
    expect(end).to.include({ status: 'completed', output: '"done"' });
    expect(living.paths.map((path) => path.split('/').at(-1))).to.deep.equal(['read', 'attach', 'settled', 'read']);
  });
});
