/** The one host of the soak. Run by `SoakHost`: `node --expose-gc host.js '{…}'`. */
import { readdirSync } from 'node:fs';
import { DurableHost, type DurableHostOptions } from '../../src/index.js';
import { keptAtLeastMs, type HostCommand, type HostMessage, type HostSettings, type Measured } from './protocol.js';
import { workload } from './workload.js';

const { storage, keptMs } = JSON.parse(process.argv[2] as string) as HostSettings;
const tell = (message: HostMessage) => process.send?.(message);
process.on('disconnect', () => process.exit(4));

const host = await start();

process.on('message', ({ do: what }: HostCommand) => {
  if (what === 'measure') tell({ measured: measure() });
  else void host.stop().then(() => process.exit(0));
});
tell({ ready: true });

async function start(): Promise<DurableHost> {
  const options: DurableHostOptions = {
    storage,
    register: workload(keptMs),
    leaseDuration: '5s',
    stallLimit: '60s',
    logger: { debug() {}, info() {}, warn() {}, error: console.error },
  };
  const longer = Math.max(keptMs, keptAtLeastMs);
  const retention = {
    completed: keptMs,
    failed: keptMs,
    terminated: keptMs,
    deadLetters: keptMs,
    receipts: longer,
    workers: longer,
  };
  try {
    return await DurableHost.start({ ...options, retention } as DurableHostOptions);
  } catch (error) {
    if (!String(error).includes('there is no option "retention"')) throw error;
    console.log('this version has no retention: what is compared must grow');
    return DurableHost.start(options);
  }
}

function measure(): Measured {
  globalThis.gc?.();
  return {
    heapBytes: process.memoryUsage().heapUsed,
    residentBytes: process.memoryUsage().rss,
    handles: process.getActiveResourcesInfo().length,
    descriptors: readdirSync('/proc/self/fd').length,
  };
}
