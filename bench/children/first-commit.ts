/** Start to first commit: a host on the given file, one signal, acknowledged when synced. */
import 'reflect-metadata';
import { performance } from 'node:perf_hooks';
import { DurableHost } from '../../src/index.js';
import { Counter } from '../programs.js';
import { report } from './child.js';

const host = await DurableHost.start({ storage: process.argv[2] as string, register: [Counter] });
await host.client.signalEntity(Counter, 'first', (counter) => counter.add(1));
report({ ms: performance.now(), rssMiB: process.memoryUsage().rss / 1024 / 1024 });
await host.stop();
process.disconnect();
