/** Memory: uses many entities once each, and reports the memory of the process. */
import 'reflect-metadata';
import { DurableHost, EntityId } from '../../src/index.js';
import { ICounter, everything } from '../programs.js';
import { report } from './child.js';

const [file, count] = [process.argv[2] as string, Number(process.argv[3])];
const host = await DurableHost.start({ storage: file, register: everything });
let next = 0;
let rssBytesMax = 0;
await Promise.all(
  Array.from({ length: 1_000 }, async () => {
    while (next < count) {
      const id = new EntityId('Counter', `t${next++}`);
      await host.client.signalEntity(ICounter, id, (counter) => counter.add(1));
      if (next % 1_000 === 0) rssBytesMax = Math.max(rssBytesMax, process.memoryUsage().rss);
    }
  }),
);
report({ rssMiB: process.memoryUsage().rss / 1024 / 1024, rssMiBMax: rssBytesMax / 1024 / 1024 });
await host.stop();
process.disconnect();
