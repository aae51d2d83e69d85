/**
 * Start of a host with a server, timed by parts: `serving-host FOLDER DATABASE [bare]`, where FOLDER has the package. With `bare` the server is
 * one of `node:http` that answers nothing: the first one of a process loads modules of Node, whoever starts it.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import type * as Http from '../../src/http/index.js';
import type * as Main from '../../src/index.js';
import { report } from './child.js';

const [folder = '', storage = '', kind] = process.argv.slice(2);
const load = (file: string) => import(pathToFileURL(join(folder, 'dist/src', file)).href);

const { DurableHost, defineEntity } = (await load('index.js')) as typeof Main;
const counter = defineEntity('counter', (context) => context.setState(context.getState(() => 0) + 1));
const begunMs = performance.now();
const host = await DurableHost.start({ storage, register: [counter] });
const startedMs = performance.now();
const { serve } = (await load('http/index.js')) as typeof Http;
const importedMs = performance.now();
const server =
  kind === 'bare' ? await bareServer() : await serve({ client: host.client, status: () => host.status(), port: 0 });
const servedMs = performance.now();
report({ hostMs: startedMs - begunMs, importMs: importedMs - startedMs, serveMs: servedMs - importedMs });
await server.close();
await host.stop();
process.disconnect();

async function bareServer(): Promise<{ close(): Promise<void> }> {
  const bare = createServer();
  bare.listen(0, '127.0.0.1');
  await once(bare, 'listening');
  return { close: () => new Promise((resolve) => bare.close(() => resolve())) };
}
