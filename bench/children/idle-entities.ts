/** Memory: uses entities once each, and reports the heap that one of them takes afterwards. All of them stay in memory. */
import 'reflect-metadata';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DurableHost, EntityId } from '../../src/index.js';
import { everything } from '../programs.js';
import { report } from './child.js';

const [file, count] = [process.argv[2] as string, Number(process.argv[3])];
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const host = await DurableHost.start({ storage: file, register: everything });

async function use(prefix: string, entities: number): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < entities) await host.client.callEntity(new EntityId('Counter', `${prefix}${next++}`), 'increase', 1);
  };
  await Promise.all(Array.from({ length: 200 }, one));
}

/** The heap after what is no longer used has gone, also from queues that are cut once a second. */
async function heapBytes(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

// The code is compiled and its queues have grown before the measurement.
for (let round = 0; round < 50; round++) await use('first', 100);
const before = await heapBytes();
await use('k', count);
report({ heapBytesPerEntity: ((await heapBytes()) - before) / count });
await host.stop();
process.disconnect();
