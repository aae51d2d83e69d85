/** Curves of what a task hub collects with its age: receipts, clients that ended, names of earlier code, partitions, and large inputs. */
import { join } from 'node:path';
import { DurableHost, EntityId, type DurableClient } from '../../src/index.js';
import { defineEntity } from '../../src/functions/index.js';
import { sqliteStore } from '../../src/storage/typeorm/index.js';
import { Counter, everything } from '../programs.js';
import { inTemporaryFolder } from '../temporary.js';
import { measureOn, type Cost, type Plan } from './plan.js';
import { fill, nothing, receiptEntry } from './prepared.js';

/** Makes a database of a size, and runs units on it. */
function onMade(
  make: (file: string, size: number) => Promise<void>,
  unit: (client: DurableClient, index: number, size: number) => Promise<unknown>,
): Plan['measure'] {
  return (size, seconds) =>
    inTemporaryFolder(async (folder): Promise<Cost> => {
      const storage = join(folder, 'aged.db');
      await make(storage, size);
      await using host = await DurableHost.start({ storage, register: [...everything, reader] });
      return await measureOn(size, seconds, Number.POSITIVE_INFINITY, (i) => unit(host.client, i, size));
    });
}

const addToOneOfHundred = (client: DurableClient, i: number) =>
  client.signalEntity(Counter, `k${i % 100}`, (counter) => counter.add(1));

/** An entity that reads an input of any size and keeps a number. */
const reader = defineEntity('Reader', { effects: 'none' }, (context) => {
  context.setState(context.getState(() => 0) + context.getInput<string>().length);
});

/** Clients that joined one after the other and ended without a word. */
async function endedClients(file: string, count: number): Promise<void> {
  const store = sqliteStore(file);
  await store.open();
  const { incarnation } = await store.join({ name: 'filler', leaseMs: 60_000, names: [] });
  await store.acquire(incarnation);
  const ended: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    const client = await store.join({ name: `client ${i}`, leaseMs: 60_000, names: [], kind: 'client' });
    ended.push([client.incarnation, 0]);
  }
  await store.commit({ ...nothing(incarnation, 1), workersEnded: ended });
  await store.commit({ ...nothing(incarnation, 2), leave: true });
  await store.close();
}

/** A worker that announced many names and left. */
async function manyNames(file: string, count: number): Promise<void> {
  const store = sqliteStore(file);
  await store.open();
  const names = Array.from({ length: count }, (_, i) => `entity:former${i}`);
  const { incarnation } = await store.join({ name: 'filler', leaseMs: 60_000, names });
  await store.acquire(incarnation);
  await store.commit({ ...nothing(incarnation, 1), leave: true });
  await store.close();
}

async function manyPartitions(file: string, partitionCount: number): Promise<void> {
  const store = sqliteStore(file, { partitionCount });
  await store.open();
  await store.close();
}

export const ages: readonly Plan[] = [
  {
    name: 'receipts',
    grows: 'receipts',
    says: 'calls with request ids, 64 in flight, beside receipts of earlier calls',
    sizes: [1_000, 10_000, 100_000, 1_000_000],
    measure: onMade(
      (file, size) => fill(file, size, receiptEntry),
      (client, i) =>
        client.callEntity(Counter, `k${i % 100}`, (counter) => counter.increase(1), { requestId: `request ${i}` }),
    ),
  },
  {
    name: 'ended clients',
    grows: 'ended clients',
    says: 'signals to 100 entities, 64 in flight, beside rows of clients that ended',
    sizes: [10, 100, 1_000, 10_000],
    measure: onMade(endedClients, addToOneOfHundred),
  },
  {
    name: 'names',
    grows: 'names of entities and orchestrations',
    says: 'signals to 100 entities, 64 in flight, in a task hub whose workers announced many names',
    sizes: [10, 100, 1_000, 10_000],
    measure: onMade(manyNames, addToOneOfHundred),
  },
  {
    name: 'partitions',
    grows: 'partitions',
    says: 'signals to 100 entities, 64 in flight',
    sizes: [1, 64, 512, 4_096],
    measure: onMade(manyPartitions, addToOneOfHundred),
  },
  {
    name: 'input',
    grows: 'bytes of an input',
    says: 'signals with a text to 100 entities that keep a number, 64 in flight',
    sizes: [10, 1_000, 10_000, 100_000],
    measure: onMade(
      async () => {},
      (client, i, size) => client.signalEntity(new EntityId('Reader', `k${i % 100}`), 'read', 'x'.repeat(size)),
    ),
  },
];
