import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Container } from 'inversify';
import { DurableHost, EntityOperationFailedError } from 'durable-entities';
import { FetchClientFactory, HttpClientFactory } from './http-client.js';
import { HttpEntity } from './http-entity.js';

const server = createServer((request, response) => {
  response.writeHead(request.url === '/here' ? 200 : 404, { connection: 'close' }).end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

// The services of the program.
const container = new Container();
container.bind(HttpClientFactory).to(FetchClientFactory).inSingletonScope();

await using host = await DurableHost.start({ storage: ':memory:', container, register: [HttpEntity] });
const { client } = host;

async function get(path: string): Promise<void> {
  try {
    const status = await client.callEntity(HttpEntity, 'crawler', (crawler) => crawler.get(address + path));
    console.log(`GET ${path} -> ${status}`);
  } catch (error) {
    if (!(error instanceof EntityOperationFailedError)) throw error;
    console.log(`GET ${path} -> failed: ${(error.cause as Error).message}`);
  }
}

await get('/here');
await get('/here');
await get('/there');

server.close();
await once(server, 'close');
await get('/here');

const { entityState } = await client.readEntityState(HttpEntity, 'crawler');
console.log('answers by status:', entityState?.answersByStatus);
