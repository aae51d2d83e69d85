/** Worlds made for one danger each. Nothing else goes wrong in them. */
import { draw, type Plan, type Step } from './plan.js';

const calm: Plan = {
  ...draw(1),
  partitionCount: 1,
  processes: 1,
  connected: 0,
  options: {},
  evicting: 0,
  stepMs: 0,
  latencyMs: 20,
  rate: 1,
  skewMs: 0,
  faults: { given: [] },
  strikes: [],
  hints: 'in order',
};

/** Clients in processes of their own, and a short memory for long queues. */
export function longQueues(seed: number): Plan {
  const steps: Step[] = [
    { do: 'burst', name: 'SlowList', key: 'm', count: 5 },
    { do: 'callSurely', name: 'SlowList', key: 'm' },
    { do: 'burst', name: 'SlowList', key: 'n', count: 5 },
    { do: 'appendSurely', name: 'SlowList', key: 'n' },
  ];
  const options = { maxWaitingInMemory: 1 + (seed % 3) };
  return { ...calm, seed, processes: 2, connected: 2, options, senders: [steps, steps.toReversed()] };
}

/** One client sends on to an entity whose queue is in the table by then. */
export function sentBehind(seed: number): Plan {
  const burst: Step = { do: 'burst', name: 'SlowList', key: 'm', count: 5 };
  return { ...calm, seed, options: { maxWaitingInMemory: 1 + (seed % 3) }, senders: [[burst, burst, burst, burst]] };
}

/** Commits of scheduled messages meet polls for others. */
export function volleys(seed: number): Plan {
  const volley = (most: number): Step => ({
    do: 'volley',
    key: 'l',
    delaysMs: Array.from({ length: 6 }, (_, n) => ((n + seed) * 7) % most),
  });
  return { ...calm, seed, senders: [[volley(30), volley(40), volley(50), volley(60)]] };
}

/** Locks are asked for while operations with I/O run. */
export function lockedVaults(seed: number): Plan {
  const adds: Step = { do: 'tally', name: 'Vault', key: 'a', count: 4 };
  const holder: Step = {
    do: 'holder',
    input: { name: 'Vault', keys: ['a'], restMs: 0, end: 'return' },
    then: 'result',
    afterMs: 0,
  };
  return {
    ...calm,
    seed,
    latencyMs: 2,
    senders: [
      [adds, adds, adds, adds],
      [holder, holder, holder],
      [adds, holder, adds],
    ],
  };
}

/** For a while the storage refuses every commit: hosts fail, and others follow them. */
export function refusingStorage(seed: number): Plan {
  const steps: Step[] = [
    { do: 'burst', name: 'List', key: 'm', count: 5 },
    { do: 'rest', ms: 100 },
    { do: 'callSurely', name: 'List', key: 'm' },
    { do: 'append', name: 'List', key: 'n' },
    { do: 'appendSurely', name: 'List', key: 'n' },
  ];
  const refusing = { fromMs: 40 + 5 * seed, toMs: 3_000 };
  return { ...calm, seed, latencyMs: 2, refusing, senders: [steps, [...steps, ...steps], steps.toReversed()] };
}

/** Many request ids, of which few are kept in memory, some of them twice and from several processes. */
export function busyReceipts(seed: number): Plan {
  const steps = (name: 'List' | 'SlowList', key: string): Step[] =>
    Array.from({ length: 8 }, (_, n) => ({ do: n % 3 === seed % 3 ? 'appendSurely' : 'callSurely', name, key }));
  return {
    ...calm,
    seed,
    processes: 2,
    connected: 4,
    options: { receiptsCached: 1, rowsPerPage: 1_000 },
    senders: [...['l', 'm', 'n', 'l'].map((key) => steps('List', key)), steps('List', 'm'), steps('List', 'n')],
  };
}

/** A worker that has joined stands still before it acquires its partitions, and another one commits meanwhile. */
export function slowJoins(seed: number): Plan {
  const steps: Step[] = [
    { do: 'schedule', key: 'm', delayMs: 500 },
    { do: 'appendSurely', name: 'List', key: 'm' },
    { do: 'rest', ms: 3_000 },
    { do: 'callSurely', name: 'List', key: 'n' },
  ];
  return {
    ...calm,
    seed,
    processes: 2,
    options: { leaseMs: 1_000 },
    strikes: [
      { kind: 'kill', atMs: 300 },
      { kind: 'stand', atMs: 301, ms: 2_500 },
      { kind: 'stop', atMs: 3_300 + 15 * seed },
    ],
    senders: [
      [...steps, ...steps],
      [...steps.toReversed(), ...steps],
      // Hub time is compared where a batch changes something: here all the time.
      Array.from({ length: 30 }, (): Step[] => [
        { do: 'appendSurely', name: 'List', key: 'l' },
        { do: 'rest', ms: 200 },
      ]).flat(),
    ],
  };
}

/** A process stands still for longer than its lease. Meanwhile an orchestration that has ended is restarted, and its result is asked for. */
export function pausedRestarts(seed: number): Plan {
  const restarts = (key: string): Step[] => [{ do: 'restartLater', key, restMs: 2_000, afterMs: 1_500 }];
  return {
    ...calm,
    seed,
    processes: 2,
    latencyMs: 60,
    straying: 0.5,
    options: { leaseMs: 1_000 },
    strikes: [{ kind: 'pause', atMs: 2_900 + 10 * seed, ms: 3_000 }],
    senders: [restarts('a'), restarts('b')],
  };
}

/** The storage refuses a message twice, beside others and alone. Other messages keep coming until that one has taken effect. */
export function refusedTwice(seed: number): Plan {
  const steps: Step[] = [{ do: 'countdownAtOnce', count: 3 }];
  const refusesWrites = { to: '@list@', times: 2 };
  // Its turn comes after 100 ms. Without it, work would be healthy again after 1,000 messages of the others.
  return { ...calm, seed, latencyMs: 2, limitMs: 2_000, refusesWrites, senders: [steps] };
}

/** A worker that ends leaves more messages than the next one can read within a lease. */
export function longBacklogs(seed: number): Plan {
  return {
    ...calm,
    seed,
    processes: 3,
    options: { leaseMs: 1_000, rowsPerPage: 1 },
    strikes: [{ kind: 'kill', atMs: 300 + 5 * seed }],
    senders: [
      [
        { do: 'burst', name: 'SlowList', key: 'm', count: 300 },
        { do: 'rest', ms: 3_000 },
        { do: 'callSurely', name: 'SlowList', key: 'm' },
      ],
    ],
  };
}

/** Rows of entities are damaged and mended, beside other work. */
export function damagedRows(seed: number): Plan {
  const others: Step[] = [
    { do: 'burst', name: 'List', key: 'l', count: 5 },
    { do: 'callSurely', name: 'SlowList', key: 'n' },
    { do: 'countdown', count: 2 },
  ];
  return {
    ...calm,
    seed,
    evicting: 1,
    latencyMs: 2,
    senders: [[{ do: 'damage', name: seed % 2 === 0 ? 'List' : 'SlowList', key: 'm' }], others, others.toReversed()],
  };
}

/** All of them, by name. */
/** Partitions move between workers that come and go, while messages pass several of them. */
export function movingPartitions(seed: number): Plan {
  const causes = (hops: number, gapMs: number): Step => ({ do: 'causes', count: 25, hops, gapMs });
  const stream = (key: string): Step => ({ do: 'stream', key, count: 20, gapMs: 30 });
  const strikes = Array.from({ length: 6 }, (_, n) => ({
    kind: 'stop' as const,
    atMs: 300 + ((seed * 37 + n * 911) % 6_000),
  }));
  return {
    ...calm,
    seed,
    several: true,
    processes: 3,
    partitionCount: 8,
    latencyMs: [2, 20, 60][seed % 3] as number,
    strikes: strikes.sort((a, b) => a.atMs - b.atMs),
    hints: (['in order', 'lost', 'mixed'] as const)[seed % 3] as 'in order',
    senders: [
      [causes(1, 40), causes(3, 100)],
      [causes(0, 20), causes(2, 60)],
      [stream('l'), { do: 'rest', ms: 1_000 }, stream('m')],
      [
        {
          do: 'transfers',
          inputs: [
            { from: 'a', to: 'b', amount: 5 },
            { from: 'c', to: 'a', amount: 7 },
          ],
        },
        { do: 'errand' },
        { do: 'callSurely', name: 'SlowList', key: 'n' },
      ],
    ],
  };
}

/** Clients send on and on to lists whose partitions come to the process to which they send. */
export function streamsWhilePartitionsMove(seed: number): Plan {
  const stream = (key: string): Step => ({ do: 'stream', key, count: 150, gapMs: 15 });
  const strikes = Array.from({ length: 8 }, (_, n) => ({
    kind: 'stop' as const,
    atMs: 400 + ((seed * 53 + n * 317) % 2_200),
  }));
  return {
    ...calm,
    seed,
    several: true,
    processes: 2,
    partitionCount: 8,
    latencyMs: 30,
    strikes: strikes.sort((a, b) => a.atMs - b.atMs),
    senders: [[stream('l')], [stream('m')], [stream('n')], [stream('l')], [stream('m')], [stream('n')]],
  };
}

/** Workers are replaced by others that lack a part of the code, and come back. */
export function rollingCode(seed: number): Plan {
  const { strikes, ...plan } = movingPartitions(seed);
  return {
    ...plan,
    differing: 1,
    strikes: strikes.map((strike) => ({ ...strike, atMs: Math.round(strike.atMs / 2) })),
  };
}

/** Workers lose the connection that holds their presence lock, and some are killed. */
export function lostPresence(seed: number): Plan {
  const lost = Array.from({ length: 6 }, (_, n) => ({
    kind: 'presence lost' as const,
    atMs: 200 + ((seed * 41 + n * 701) % 5_000),
    ms: [300, 4_000, 20_000][n % 3] as number,
  }));
  const kills = seed % 2 === 0 ? [] : [{ kind: 'kill' as const, atMs: 2_500 }];
  return { ...movingPartitions(seed), strikes: [...lost, ...kills].sort((a, b) => a.atMs - b.atMs) };
}

export const worlds = {
  movingPartitions,
  rollingCode,
  lostPresence,
  streamsWhilePartitionsMove,
  volleys,
  longQueues,
  sentBehind,
  lockedVaults,
  busyReceipts,
  refusingStorage,
  slowJoins,
  pausedRestarts,
  refusedTwice,
  longBacklogs,
  damagedRows,
} as const;
