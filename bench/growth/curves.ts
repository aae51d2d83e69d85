import { join } from 'node:path';
import { DurableHost, EntityId, type DurableClient } from '../../src/index.js';
import { startMeter } from '../measure.js';
import { Counter, everything, longRun, tiny } from '../programs.js';
import { inTemporaryFolder } from '../temporary.js';
import { measureReplay } from '../works/replay.js';
import { ages } from './ages.js';
import { costOf, measureOn, type Plan } from './plan.js';
import { counterEntry, endedRunEntry, fill, scheduledEntry, type Entry } from './prepared.js';

const stored = [1_000, 10_000, 100_000, 1_000_000];

/** Runs units through a client, on a database with a given number of entries. */
function onFilled(
  entry: (index: number, partitions: number) => Entry,
  unit: (client: DurableClient, index: number, size: number) => Promise<unknown>,
): Plan['measure'] {
  return (size, seconds) =>
    inTemporaryFolder(async (folder) => {
      const storage = join(folder, 'grown.db');
      await fill(storage, size, entry);
      await using host = await DurableHost.start({ storage, register: everything });
      // Not more than there are entries, because each is used once.
      return await measureOn(size, seconds, size, (i) => unit(host.client, i, size));
    });
}

const addToOneOfThousand = (client: DurableClient, i: number) =>
  client.signalEntity(Counter, `stored-${i % 1_000}`, (counter) => counter.add(1));

export const plans: readonly Plan[] = [
  {
    name: 'entities, some in use',
    grows: 'entities',
    says: 'signals to 1,000 of the stored entities, 64 in flight',
    sizes: stored,
    measure: onFilled(counterEntry, addToOneOfThousand),
  },
  {
    name: 'entities, each used once',
    grows: 'entities',
    says: 'calls to stored entities that are not in memory, each once, 64 in flight: read, run, written',
    sizes: stored,
    // A prime stride, so that the ids are not in the order of the table.
    measure: onFilled(counterEntry, (client, i, size) =>
      client.callEntity(new EntityId('Counter', `stored-${(i * 7_919) % size}`), 'increase', 1),
    ),
  },
  {
    name: 'stored messages',
    grows: 'stored messages',
    says: 'signals over 1,000 entities, 64 in flight, beside signals that wait for their time',
    sizes: stored,
    measure: onFilled(scheduledEntry, addToOneOfThousand),
  },
  {
    name: 'ended orchestrations',
    grows: 'ended orchestrations',
    says: 'orchestrations (call one entity, signal another, return), 64 in flight',
    sizes: stored,
    measure: onFilled(endedRunEntry, async (client, i) =>
      (await client.startNew(tiny, { input: { a: `k${i % 100}`, b: `k${(i + 1) % 100}` } })).result(),
    ),
  },
  {
    name: 'history, live',
    grows: 'events of a live orchestration',
    says: 'an event of orchestrations that call one entity again and again, 16 of them at once',
    sizes: [10, 100, 1_000, 10_000],
    measure: (size, seconds) =>
      inTemporaryFolder(async (folder) => {
        await using host = await DurableHost.start({ storage: join(folder, 'long.db'), register: everything });
        // The same total number of events for every length.
        const runs = Math.max(16, Math.round((seconds * 40_000) / size));
        let next = 0;
        const one = async () =>
          (await host.client.startNew(longRun, { input: { calls: size / 2, waits: false } })).result();
        await one();
        const meter = startMeter();
        await Promise.all(
          Array.from({ length: 16 }, async () => {
            while (next++ < runs) await one();
          }),
        );
        return costOf(size, runs * size, meter());
      }),
  },
  {
    name: 'history, read again',
    grows: 'events of a live orchestration',
    says: 'an event of an orchestration that is read and replayed after a restart',
    sizes: [10, 100, 1_000, 10_000],
    measure: async (size, seconds) => {
      const { perSecond, cpuUsPerMessage } = await measureReplay(size, seconds < 1 ? 2 : Math.min(200, 50_000 / size));
      return { size, cpuUs: cpuUsPerMessage, wallUs: 1e6 / perSecond };
    },
  },
  ...ages,
];
