import { EntityId, type DurableClient } from '../../src/index.js';
import { Counter, ExternalCounter, ICounter, LongCounter } from '../programs.js';
import type { LoadWork } from '../work.js';

const hundred = Array.from({ length: 100 }, (_, i) => `k${i}`);
export const key = (index: number): string => hundred[index % 100] as string;

/** The sum of all counters. Resolves when all earlier messages to them are processed and durable. */
export async function sumOf(client: DurableClient, entity: string, keys: readonly string[]): Promise<number> {
  const values = await Promise.all(
    keys.map((each) => client.callEntity<number>(new EntityId(entity, each), 'increase', 0)),
  );
  return values.reduce((sum, value) => sum + value, 0);
}

/** Waits until all units are processed, and compares the sum: every unit adds 1. */
function counted(entity: string, keys: readonly string[] = hundred): Pick<LoadWork, 'settle' | 'check'> {
  return {
    settle: async (client) => void (await sumOf(client, entity, keys)),
    check: async (client, units) => {
      const sum = await sumOf(client, entity, keys);
      if (sum !== units) throw new Error(`${units} were added, the counters say ${sum}.`);
    },
  };
}

const add = (counter: { add(amount: number): void }) => counter.add(1);

export const signals: readonly LoadWork[] = [
  {
    name: 'w1',
    says: 'signals over 100 counters (class, effects none), until all are processed',
    inFlight: [1, 64, 1_000],
    messagesPerUnit: 1,
    unit: (client, i) => client.signalEntity(ICounter, new EntityId('Counter', key(i)), add),
    ...counted('Counter'),
  },
  {
    name: 'w1-function',
    says: 'the same, function entity',
    inFlight: [64, 1_000],
    messagesPerUnit: 1,
    unit: (client, i) => client.signalEntity(ICounter, new EntityId('FunctionCounter', key(i)), add),
    ...counted('FunctionCounter'),
  },
  {
    name: 'w1-external',
    says: 'the same, class with the default effects: every operation waits for the commit of its message',
    inFlight: [64, 1_000],
    messagesPerUnit: 1,
    unit: (client, i) => client.signalEntity(ExternalCounter, key(i), add),
    ...counted('ExternalCounter'),
  },
  {
    name: 'w1-hot',
    says: 'signals to one counter',
    inFlight: [64, 1_000],
    messagesPerUnit: 1,
    unit: (client) => client.signalEntity(ICounter, new EntityId('Counter', 'hot'), add),
    ...counted('Counter', ['hot']),
  },
  {
    name: 'w1-touch',
    says: 'signals to counters that were never used before, each once; up to 100,000 of them',
    inFlight: [1_000],
    messagesPerUnit: 1,
    unitsMax: 100_000,
    unit: (client, i) => client.signalEntity(ICounter, new EntityId('Counter', `t${i}`), add),
  },
  ...[100, 10_000, 200_000].map((bytes): LoadWork => ({
    name: `w1-state-${bytes}`,
    says: `signals over 100 counters that hold ${bytes.toLocaleString('en-US')} bytes each`,
    inFlight: [64],
    messagesPerUnit: 1,
    warmUnits: 64,
    prepare: async (client) => {
      for (const each of hundred) await client.signalEntity(LongCounter, each, (counter) => counter.fill(bytes));
    },
    unit: (client, i) => client.signalEntity(LongCounter, key(i), add),
    ...counted('LongCounter'),
  })),
];

export const calls: readonly LoadWork[] = [
  {
    name: 'w2',
    says: 'calls over 100 counters',
    inFlight: [1, 64, 1_000],
    messagesPerUnit: 1,
    unit: (client, i) => client.callEntity(Counter, key(i), (counter) => counter.increase(1)),
    ...counted('Counter'),
  },
  {
    name: 'w2-function',
    says: 'the same, function entity',
    inFlight: [64],
    messagesPerUnit: 1,
    unit: (client, i) => client.callEntity(new EntityId('FunctionCounter', key(i)), 'increase', 1),
    ...counted('FunctionCounter'),
  },
  {
    name: 'w2-request-id',
    says: 'the same, class, each call safe to repeat',
    inFlight: [1, 64],
    messagesPerUnit: 1,
    unit: (client, i) =>
      client.callEntity(Counter, key(i), (counter) => counter.increase(1), { requestId: `request ${i}` }),
    ...counted('Counter'),
  },
];
