/** Start of a host with a server, timed by parts: `serving-host FOLDER DATABASE`, where FOLDER has the package. */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import type * as Http from '../../src/http/index.js';
import type * as Main from '../../src/index.js';
import { report } from './child.js';

const [folder = '', storage = ''] = process.argv.slice(2);
const load = (file: string) => import(pathToFileURL(join(folder, 'dist/src', file)).href);

const { DurableHost, defineEntity } = (await load('index.js')) as typeof Main;
const counter = defineEntity('counter', (context) => context.setState(context.getState(() => 0) + 1));
const begunMs = performance.now();
const host = await DurableHost.start({ storage, register: [counter] });
const startedMs = performance.now();
const { serve } = (await load('http/index.js')) as typeof Http;
const importedMs = performance.now();
const server = await serve({ client: host.client, status: () => host.status(), port: 0 });
const servedMs = performance.now();
report({ hostMs: startedMs - begunMs, importMs: importedMs - startedMs, serveMs: servedMs - importedMs });
await server.close();
await host.stop();
process.disconnect();
