/** A bank with Express: `node dist/samples/express/main.js [FILE] [PORT]`. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { DurableHost } from 'durable-entities';
import { createHandler } from 'durable-entities/http';
import { register } from './bank.js';
import { bankServer } from './server.js';

const [storage = 'express.db', port = '3000'] = process.argv.slice(2);

// #region main
const host = await DurableHost.start({ storage, register });
const dashboard = createHandler({ client: host.client, status: () => host.status() });
const server = bankServer(host, dashboard).listen(Number(port), '127.0.0.1');
await once(server, 'listening');
console.log(`The bank is open at http://127.0.0.1:${(server.address() as AddressInfo).port}`);

/** First the server, so that open requests get their answers. Then the host, so that activities end. */
async function stop(): Promise<void> {
  dashboard.close();
  server.close();
  await once(server, 'close');
  await host.stop();
  console.log('The bank is closed.');
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
// #endregion
