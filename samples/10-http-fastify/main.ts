import { setTimeout } from 'node:timers/promises';
import { DurableHost } from 'durable-entities';
import { counterApi } from './api.js';
import { Counter } from './counter.js';

const host = await DurableHost.start({ storage: ':memory:', register: [Counter] });
const api = counterApi(host.client);
const address = await api.listen({ host: '127.0.0.1', port: 0 });

async function request(method: string, path: string, body?: object, idempotencyKey?: string): Promise<void> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
  const response = await fetch(address + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  console.log(`${method.padEnd(6)} ${path.padEnd(24)} -> ${response.status} ${await response.text()}`.trimEnd());
}

await request('GET', '/Counter/myCounter');
await request('POST', '/Counter/myCounter/add', { amount: 1 });
await request('POST', '/Counter/myCounter/add', { amount: 10 }, 'order-1');
await request('POST', '/Counter/myCounter/add', { amount: 10 }, 'order-1'); // the browser repeats the request
await request('POST', '/Counter/myCounter/add', { amount: 'many' });
await request('GET', '/Counter/myCounter/value');
await request('GET', '/Counter/myCounter');
await request('DELETE', '/Counter/myCounter');
while ((await fetch(`${address}/Counter/myCounter`)).status !== 404) await setTimeout(1); // deleted a moment after the answer
await request('GET', '/Counter/myCounter');

// First stop the server, so that no request arrives any more. Then stop the host.
await api.close();
await host.stop();
