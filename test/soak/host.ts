/** The one host of the soak. Run by `SoakHost`: `node --expose-gc host.js '{…}'`. */
import { readdirSync } from 'node:fs';
import { DurableHost } from '../../src/index.js';
import { keptAtLeastMs, type HostCommand, type HostMessage, type HostSettings, type Measured } from './protocol.js';
import { workload } from './workload.js';

const { storage, keptMs } = JSON.parse(process.argv[2] as string) as HostSettings;
const tell = (message: HostMessage) => process.send?.(message);
process.on('disconnect', () => process.exit(4));

const longerMs = Math.max(keptMs, keptAtLeastMs);
const host = await DurableHost.start({
  storage,
  register: workload(keptMs),
  leaseDuration: '5s',
  stallLimit: '60s',
  // They are kept in memory up to so many: reached early, so that the heap grows no more.
  maxIdleInstances: 500,
  retention: {
    completed: keptMs,
    failed: keptMs,
    terminated: keptMs,
    deadLetters: keptMs,
    receipts: longerMs,
    workers: longerMs,
  },
  logger: { debug() {}, info() {}, warn() {}, error: console.error },
});

process.on('message', ({ do: what }: HostCommand) => {
  if (what === 'measure') tell({ measured: measure() });
  else void host.stop().then(() => process.exit(0));
});
tell({ ready: true });

function measure(): Measured {
  globalThis.gc?.();
  return {
    heapBytes: process.memoryUsage().heapUsed,
    residentBytes: process.memoryUsage().rss,
    handles: process.getActiveResourcesInfo().length,
    descriptors: readdirSync('/proc/self/fd').length,
  };
}
