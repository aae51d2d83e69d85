/**
 * One fault at the k-th access to the storage, for every k and every kind of fault, in fixed scenarios; then everything is sound
 * again, and what clients were told must be true. (Netherite's IncrementSuccessRuns.)
 */
import { commitFaults, crashes } from '../engine/fault-store.js';
import type { Plan, Step } from './plan.js';
import { simulate } from './simulation.js';
import { count, noCounters, type FailedSeed } from './tally.js';
import type { RangeOutcome } from './seeds.js';

export interface Scenario {
  readonly name: string;
  readonly plan: Plan;
}

const calm: Omit<Plan, 'senders'> = {
  seed: 1,
  partitionCount: 4,
  processes: 1,
  connected: 0,
  options: { leaseMs: 15_000 },
  evicting: 0,
  stepMs: 0,
  latencyMs: 0,
  rate: 1,
  skewMs: 0,
  faults: { given: [] },
  strikes: [],
  hints: 'in order',
};

const messages: readonly (readonly Step[])[] = [
  [
    { do: 'append', name: 'List', key: 'l' },
    { do: 'burst', name: 'List', key: 'l', count: 3 },
    { do: 'callSurely', name: 'List', key: 'l' },
    { do: 'appendAndRead', name: 'List', key: 'l' },
  ],
  [
    { do: 'append', name: 'SlowList', key: 'm' },
    { do: 'twice', name: 'SlowList', key: 'm' },
    { do: 'burst', name: 'SlowList', key: 'm', count: 2 },
    { do: 'passOn', name: 'Relay', keys: ['l', 'n'] },
    { do: 'passOn', name: 'SlowRelay', keys: ['l', 'n'] },
  ],
  [
    { do: 'transfers', inputs: [{ from: 'a', to: 'b', amount: 10 }] },
    { do: 'start', named: true },
  ],
  [{ do: 'schedule', key: 'l', delayMs: 700 }, { do: 'errand' }],
  [{ do: 'countdown', count: 3 }],
];

const runs: readonly (readonly Step[])[] = [
  [
    {
      do: 'holder',
      input: { name: 'Vault', keys: ['a', 'b'], restMs: 30, end: 'continue' },
      then: 'restart',
      afterMs: 0,
    },
    { do: 'tally', name: 'Vault', key: 'a', count: 3 },
  ],
  [
    {
      do: 'holder',
      input: { name: 'Counter', keys: ['c', 'a'], restMs: 400, end: 'stay' },
      then: 'terminate',
      afterMs: 100,
    },
    { do: 'tree', tree: 5 },
  ],
  [{ do: 'alarm', delaysMs: [500, 20, 300] }, { do: 'ping' }],
  [
    {
      do: 'holder',
      input: { name: 'Counter', keys: ['d', 'c'], restMs: 30, end: 'throw' },
      then: 'suspend',
      afterMs: 40,
    },
    { do: 'mischief', operation: 'throw' },
    { do: 'slowMischief', operation: 'throw' },
  ],
];

export const scenarios: readonly Scenario[] = [
  { name: 'messages', plan: { ...calm, senders: messages } },
  { name: 'messages, every instance dropped after each turn', plan: { ...calm, evicting: 1, senders: messages } },
  { name: 'runs and locks', plan: { ...calm, senders: runs } },
  { name: 'runs and locks, every instance dropped after each turn', plan: { ...calm, evicting: 1, senders: runs } },
  {
    name: 'two processes',
    plan: {
      ...calm,
      processes: 2,
      connected: 2,
      options: { leaseMs: 1_000 },
      latencyMs: 2,
      senders: [...messages, ...runs],
    },
  },
];

/** Runs a scenario with each fault at each access. A failure names the fault and the access in its message. */
export async function failEachAccess({ name, plan }: Scenario): Promise<RangeOutcome> {
  const counters = noCounters();
  const failed: FailedSeed[] = [];
  const sound = await simulate(plan);
  const check = ({ failure }: typeof sound, what: string) => {
    if (failure !== undefined) failed.push({ seed: 0, ...failure, message: `${name}, ${what}: ${failure.message}` });
  };
  check(sound, 'without a fault');
  for (const fault of [...commitFaults, ...crashes]) {
    for (let access = 0; access < sound.accesses && failed.length === 0; access++) {
      const outcome = await simulate({ ...plan, faults: { given: [[access, fault]] } }, false);
      count(counters, outcome);
      check(outcome, `${fault} at access ${access}`);
    }
  }
  return { counters, failed };
}
