import { EntityId, type DurableClient } from '../src/index.js';
import { Account, Counter, ExternalCounter, ICounter, fanOut, tiny, transfer } from './entities.js';

export interface Work {
  readonly name: string;
  readonly says: string;
  readonly inFlight: readonly number[];
  /** Messages that one unit stands for. */
  readonly messagesPerUnit: number;
  unit(client: DurableClient, index: number): Promise<unknown>;
}

const hundred = Array.from({ length: 100 }, (_, i) => `k${i}`);
const key = (index: number) => hundred[index % 100] as string;
const load = [1, 64, 1_000];

export const works: readonly Work[] = [
  {
    name: 'w1',
    says: 'signals over 100 counters (class, effects none)',
    inFlight: load,
    messagesPerUnit: 1,
    unit: (client, i) => client.signalEntity(ICounter, new EntityId('Counter', key(i)), (counter) => counter.add(1)),
  },
  {
    name: 'w1-function',
    says: 'the same, function entity',
    inFlight: [1_000],
    messagesPerUnit: 1,
    unit: (client, i) => client.signalEntity(new EntityId('FunctionCounter', key(i)), 'add', 1),
  },
  {
    name: 'w1-external',
    says: 'the same, class with the default effects',
    inFlight: [64, 1_000],
    messagesPerUnit: 1,
    unit: (client, i) => client.signalEntity(ExternalCounter, key(i), (counter) => counter.add(1)),
  },
  {
    name: 'w1-hot',
    says: 'signals to one counter',
    inFlight: [1_000],
    messagesPerUnit: 1,
    unit: (client) => client.signalEntity(ICounter, new EntityId('Counter', 'hot'), (counter) => counter.add(1)),
  },
  {
    name: 'w2',
    says: 'calls over 100 counters',
    inFlight: load,
    messagesPerUnit: 1,
    unit: (client, i) => client.callEntity(Counter, key(i), (counter) => counter.increase(1)),
  },
  {
    name: 'w3',
    says: 'orchestrations: call one entity, signal another, return',
    inFlight: load,
    messagesPerUnit: 1,
    unit: async (client, i) => {
      const run = await client.startNew(tiny, { input: { a: key(i), b: key(i + 1) } });
      await run.result();
    },
  },
  {
    name: 'w4',
    says: 'locked transfers between 2 of 100 accounts',
    inFlight: load,
    messagesPerUnit: 1,
    unit: async (client, i) => {
      // Two different accounts, spread without a pattern.
      const from = (i * 7_919) % 100;
      const to = (from + 1 + ((i * 104_729) % 99)) % 100;
      const run = await client.startNew(transfer, { input: { from: key(from), to: key(to), amount: 1 } });
      await run.result();
    },
  },
  {
    name: 'w5',
    says: 'one orchestration calls 1,000 entities in parallel (per second: calls)',
    inFlight: [1],
    messagesPerUnit: 1_000,
    unit: async (client) => {
      const run = await client.startNew(fanOut, { input: 1_000 });
      await run.result();
    },
  },
];

/** The books of `w4` must balance whatever was measured. */
export async function moneyOf(client: DurableClient): Promise<number> {
  let sum = 0;
  for (const account of hundred) {
    const { entityState } = await client.readEntityState(Account, account);
    sum += (entityState?.cents ?? 1_000_000) - 1_000_000;
  }
  return sum;
}
