import type { DurableClient } from '../../src/index.js';
import { Account, fanOut, saga, section, timer, tiny, transfer } from '../programs.js';
import type { LoadWork } from '../work.js';
import { key } from './counters.js';

/** The sum that all accounts hold above their opening balance, in cents. */
async function surplus(client: DurableClient): Promise<number> {
  let sum = 0;
  for (let i = 0; i < 100; i++) {
    const { entityState } = await client.readEntityState(Account, key(i));
    sum += (entityState?.cents ?? 1_000_000) - 1_000_000;
  }
  return sum;
}

async function checkSurplus(client: DurableClient, expected: number): Promise<void> {
  const sum = await surplus(client);
  if (sum !== expected) throw new Error(`The books do not balance: ${sum} instead of ${expected}.`);
}

/** Distinct accounts, in a random-looking order. */
export function accounts(index: number, count: number): string[] {
  const first = (index * 7_919) % 100;
  const stride = 1 + ((index * 104_729) % 12);
  return Array.from({ length: count }, (_, i) => key(first + i * stride));
}

const dueInMs = 500;

export const runs: readonly LoadWork[] = [
  {
    name: 'w3',
    says: 'orchestrations: call one entity, signal another, return',
    inFlight: [1, 64, 1_000],
    messagesPerUnit: 1,
    unit: async (client, i) => {
      const run = await client.startNew(tiny, { input: { a: key(i), b: key(i + 1) } });
      await run.result();
    },
  },
  {
    name: 'w4',
    says: 'locked transfers between 2 of 100 accounts',
    inFlight: [1, 64, 1_000],
    messagesPerUnit: 1,
    unit: async (client, i) => {
      const [from, to] = accounts(i, 2) as [string, string];
      const run = await client.startNew(transfer, { input: { from, to, amount: 1 } });
      await run.result();
    },
    check: (client) => checkSurplus(client, 0),
  },
  ...[2, 4, 8].map((count): LoadWork => ({
    name: `section-${count}`,
    says: `critical sections over ${count} of 100 accounts, one call to each at once`,
    inFlight: [1, 64],
    messagesPerUnit: 1,
    unit: async (client, i) => {
      const run = await client.startNew(section, { input: accounts(i, count) });
      await run.result();
    },
    check: (client, units) => checkSurplus(client, units * count),
  })),
  {
    name: 'saga',
    says: 'orchestrations of 5 activities, one after the other',
    inFlight: [1, 64],
    messagesPerUnit: 1,
    warmUnits: 100,
    unit: async (client, i) => {
      const run = await client.startNew(saga, { input: i });
      const value = await run.result();
      if (value !== i + 5) throw new Error(`5 activities made ${value} of ${i}.`);
    },
  },
  ...[1_000, 10_000].map((width): LoadWork => ({
    name: `w5-${width}`,
    says: `one orchestration calls ${width.toLocaleString('en-US')} entities in parallel (per second: calls)`,
    inFlight: [1],
    messagesPerUnit: width,
    warmUnits: 4,
    unit: async (client) => {
      const run = await client.startNew(fanOut, { input: width });
      const answered = await run.result();
      if (answered !== width) throw new Error(`${answered} of ${width} answered.`);
    },
  })),
  {
    name: 'timers',
    says: '1,000 timers of 1,000 orchestrations due at the same moment (latency: from then to the end of the last)',
    inFlight: [1],
    messagesPerUnit: 1_000,
    warmUnits: 1,
    timed: true,
    unit: async (client) => {
      const dueMs = Date.now() + dueInMs;
      const all = await Promise.all(Array.from({ length: 1_000 }, () => client.startNew(timer, { input: dueMs })));
      await Promise.all(all.map((run) => run.result()));
      return Date.now() - dueMs;
    },
  },
];
