/** The plan of one seed, as data: a reader can inspect it, make it smaller, and run it again. */
import type { EngineOptions } from '../../src/engines/sql/options.js';
import { commitFaults, crashes, type Fault } from '../engine/fault-store.js';
import type { TransferInput } from '../engine/programs.js';
import { Seeded } from '../../src/testing/seeded.js';
import type { Way } from './newer-programs.js';
import { accounts, type HolderInput } from './programs.js';

type ListName = 'List' | 'SlowList';

/** One thing that a client does. */
export type Step =
  | {
      readonly do: 'append' | 'appendSurely' | 'callSurely' | 'callOnce';
      readonly name: ListName;
      readonly key: string;
    }
  | {
      readonly do: 'impatient' | 'twice' | 'reuse' | 'read' | 'appendAndRead';
      readonly name: ListName;
      readonly key: string;
    }
  /** In worlds made for them only. */
  | { readonly do: 'damage'; readonly name: ListName; readonly key: string }
  | { readonly do: 'restartLater'; readonly key: string; readonly restMs: number; readonly afterMs: number }
  | { readonly do: 'burst'; readonly name: ListName; readonly key: string; readonly count: number }
  | { readonly do: 'stream'; readonly key: string; readonly count: number; readonly gapMs: number }
  | { readonly do: 'passOn'; readonly name: 'Relay' | 'SlowRelay'; readonly keys: readonly string[] }
  | { readonly do: 'schedule'; readonly key: string; readonly delayMs: number }
  | { readonly do: 'volley'; readonly key: string; readonly delaysMs: readonly number[] }
  | {
      readonly do: 'remind';
      readonly name: ListName;
      readonly key: string;
      readonly delaysMs: readonly number[];
      readonly cancel: boolean;
    }
  | { readonly do: 'transfers'; readonly inputs: readonly TransferInput[] }
  | { readonly do: 'countdown' | 'countdownAtOnce'; readonly count: number }
  | { readonly do: 'restless'; readonly keys: readonly string[] }
  | { readonly do: 'tally'; readonly name: 'Tally' | 'Vault'; readonly key: string; readonly count: number }
  | { readonly do: 'mischief'; readonly operation: 'throw' | 'unstorable' | 'dangle' | 'stall' }
  | { readonly do: 'slowMischief'; readonly operation: 'throw' | 'hang' }
  | { readonly do: 'start'; readonly named: boolean }
  | { readonly do: 'alarm'; readonly delaysMs: readonly number[] }
  | {
      readonly do: 'holder';
      readonly input: HolderInput;
      readonly then: 'result' | 'terminate' | 'suspend' | 'restart';
      readonly afterMs: number;
    }
  | { readonly do: 'fickle' | 'late'; readonly key: string }
  | { readonly do: 'tree'; readonly tree: number }
  | { readonly do: 'errand' | 'ping' }
  | { readonly do: 'races'; readonly last: number; readonly ways: readonly Way[] }
  | { readonly do: 'family'; readonly rounds: number }
  | { readonly do: 'clan'; readonly depth: number; readonly afterMs: number }
  | { readonly do: 'ticks'; readonly count: number }
  | { readonly do: 'causes'; readonly count: number; readonly hops: number; readonly gapMs: number }
  | { readonly do: 'later'; readonly delayMs: number }
  | { readonly do: 'rest'; readonly ms: number };

/** Something that happens to processes or clocks, whatever they do. */
export type Strike = { readonly atMs: number } & (
  | { readonly kind: 'kill' | 'stop' | 'retire' }
  | { readonly kind: 'pause'; readonly ms: number }
  /** The next worker stands still before it acquires its partitions. */
  | { readonly kind: 'stand'; readonly ms: number }
  /** The connection that holds the presence lock of a worker is gone for a while. */
  | { readonly kind: 'presence lost'; readonly ms: number }
  | { readonly kind: 'database clock'; readonly ms: number }
);

/** Faults of the storage: drawn at each access, or given by the number of the access. */
export type StoreFaults =
  | { readonly kinds: readonly Fault[]; readonly probability: number; readonly most: number }
  | { readonly given: readonly (readonly [access: number, fault: Fault])[] };

export interface Plan {
  readonly seed: number;
  readonly partitionCount: number;
  /** Processes that want to work at the same time; more than one only on a database that several can open. */
  readonly processes: number;
  /** Whether all processes work, each on some of the partitions. Otherwise one works, and the others are standbys. */
  readonly several?: boolean;
  /** How often a process that starts later lacks a part of the code. The first one always has all of it. Default 0. */
  readonly differing?: number;
  /** Whether workers hold presence locks. Default: if there are several. */
  readonly presence?: boolean;
  /** How many of the clients are in processes of their own, without a host; only on a database that several can open. */
  readonly connected: number;
  readonly options: Partial<EngineOptions>;
  /** How often a process drops every instance after each turn. */
  readonly evicting: number;
  /** The ms by which each reading of the clock advances it. */
  readonly stepMs: number;
  /** The slowest that the storage is without a fault. */
  readonly latencyMs: number;
  readonly rate: number;
  readonly skewMs: number;
  readonly faults: StoreFaults;
  /** The storage refuses every commit from here to there, in virtual time; absent: it does not. */
  readonly refusing?: { readonly fromMs: number; readonly toMs: number };
  /** The storage refuses the first commits that write an instance whose id begins like this. */
  readonly refusesWrites?: { readonly to: string; readonly times: number };
  /** How long the clients may take, in virtual time. Default 20 minutes. */
  readonly limitMs?: number;
  readonly strikes: readonly Strike[];
  readonly senders: readonly (readonly Step[])[];
  /** How often a client goes to any process, which may have lost its partitions. Default 0.1. */
  readonly straying?: number;
  /** How often our own code throws after a commit. */
  readonly exceptions?: number;
  /** The fate of wake-ups between processes. With `mixed`, some are lost and some arrive twice. */
  readonly hints: 'in order' | 'lost' | 'mixed';
}

const lists = ['l', 'm', 'n'] as const;

/** Swarm testing: every seed has its own shape of world, and its own kinds of trouble. */
export function draw(seed: number): Plan {
  const random = new Seeded(seed);
  const processes = random.pick([1, 1, 2, 3]);
  const stepMs = random.pick([0, 0.01, 0.01, 1, 7]);
  const kinds = [...commitFaults, ...crashes].filter(() => random.chance(0.4));
  const probability = random.pick([0, 0.02, 0.05, 0.15]);
  const leaseMs = stepMs >= 1 ? 15_000 : random.pick([1_000, 3_000, 15_000]);
  const plan: Plan = {
    seed,
    partitionCount: random.pick([1, 4, 16]),
    processes,
    connected: processes > 1 ? random.below(3) : 0,
    options: {
      leaseMs,
      maxIdleInstances: random.pick([2, 20_000]),
      maxWaitingInMemory: random.pick([1, 3, 1_000]),
      maxConcurrentExternal: random.pick([2, 256]),
      maxConcurrentActivities: random.pick([2, 64]),
    },
    evicting: random.pick([0, 0.3, 1]),
    stepMs,
    latencyMs: random.pick([0, 2, 20]),
    rate: random.pick([1, 1, 0.97]),
    skewMs: random.pick([0, -60_000, 3_600_000]),
    faults: { kinds, probability: kinds.length === 0 ? 0 : probability, most: 80 },
    strikes: drawStrikes(random, leaseMs),
    senders: Array.from({ length: 2 + random.below(4) }, () =>
      Array.from({ length: 2 + random.below(6) }, () => drawStep(random)),
    ),
    hints: random.pick(['in order', 'lost', 'mixed']),
  };
  // Drawn behind everything else: what seeds found before stays what it is.
  const sizes = { receiptsCached: random.pick([1, 4, 10_000]), rowsPerPage: random.pick([1, 3, 1_000]) };
  const exceptions = random.pick([0, 0, 0.02, 0.1]);
  const newer = random.chance(0.6) ? [Array.from({ length: 1 + random.below(3) }, () => drawNewer(random))] : [];
  const inlineInputMax = random.pick([0, 1_024]);
  return {
    ...plan,
    options: { ...plan.options, ...sizes, inlineInputMax },
    exceptions,
    senders: [...plan.senders, ...newer],
  };
}

/** The same shapes of worlds and kinds of trouble, with several workers that share the partitions. */
export function drawSeveral(seed: number): Plan {
  const plan = draw(seed);
  const random = new Seeded(Math.imul(seed, 0x9e3779b1) ^ 8);
  const several: Plan = {
    ...plan,
    several: true,
    // A worker that starts beside others does not follow a clock that is more than a minute ahead. Clients that send by that clock would wait.
    strikes: plan.strikes.map((strike) =>
      strike.kind === 'database clock' ? { ...strike, ms: Math.min(strike.ms, 50_000) } : strike,
    ),
    processes: 2 + random.below(3),
    senders: [
      ...plan.senders,
      [{ do: 'causes', count: 2 + random.below(20), hops: random.below(4), gapMs: random.pick([0, 5, 100]) }],
    ],
    partitionCount: random.pick([4, 8, 16]),
    connected: random.below(3),
  };
  // Drawn behind everything else: what seeds found before stays what it is.
  const withinMs = random.pick([1_000, 10_000]);
  const lost = Array.from({ length: random.below(4) }, () => ({
    kind: 'presence lost' as const,
    atMs: random.below(withinMs),
    ms: random.pick([200, 3_000, 30_000]),
  }));
  return {
    ...several,
    presence: random.chance(0.7),
    differing: random.pick([0, 0, 0.5, 1]),
    strikes: [...several.strikes, ...lost].sort((a, b) => a.atMs - b.atMs),
  };
}

/** Something that came with version 0.2. */
function drawNewer(random: Seeded): Step {
  switch (random.below(6)) {
    case 0:
      return { do: 'family', rounds: 1 + random.below(3) };
    case 1:
      return { do: 'clan', depth: 1 + random.below(2), afterMs: random.below(100) };
    case 2:
      return { do: 'ticks', count: 1 + random.below(3) };
    case 3:
      return { do: 'later', delayMs: random.below(3_000) - 200 };
    default: {
      const ways = ['race', 'derived', 'timer', 'busy', 'again'] as const;
      // One way at least takes events.
      const drawn = Array.from({ length: 1 + random.below(5) }, () => random.pick(ways));
      return {
        do: 'races',
        last: 1 + random.below(8),
        ways: [random.pick(['race', 'derived', 'timer'] as const), ...drawn],
      };
    }
  }
}

function drawStrikes(random: Seeded, leaseMs: number): Strike[] {
  const kinds = (['kill', 'stop', 'retire', 'pause', 'database clock'] as const).filter(() => random.chance(0.4));
  if (kinds.length === 0) return [];
  // Most of the work is done early; some strikes meet what waits for timers.
  const withinMs = random.pick([100, 1_000, 10_000]);
  return Array.from({ length: random.below(6) }, (): Strike => {
    const kind = random.pick(kinds);
    const atMs = random.below(withinMs);
    switch (kind) {
      case 'pause':
        return { kind, atMs, ms: Math.round(leaseMs * random.pick([0.2, 1.2, 3])) };
      case 'database clock':
        return { kind, atMs, ms: random.pick([-60_000, -500, 200, 5_000, 3_600_000]) };
      default:
        return { kind, atMs };
    }
  }).sort((a, b) => a.atMs - b.atMs);
}

function drawStep(random: Seeded): Step {
  const key = random.pick(lists);
  const name = random.pick(['List', 'SlowList'] as const);
  const other = random.pick(lists);
  const pair = () => [random.pick(accounts), random.pick(accounts)];
  switch (random.below(32)) {
    case 0:
      return { do: 'append', name, key };
    case 1:
    case 2:
      return { do: 'burst', name, key, count: 1 + random.below(5) };
    case 3:
      return { do: 'callSurely', name, key };
    case 4:
      return { do: 'appendSurely', name, key };
    case 5:
      return { do: 'callOnce', name, key };
    case 6:
      return {
        do: 'passOn',
        name: random.pick(['Relay', 'SlowRelay'] as const),
        keys: key === other ? [key] : [key, other],
      };
    case 7:
    case 8:
      return { do: 'schedule', key, delayMs: random.below(3_000) - 200 };
    case 9:
    case 10:
      return {
        do: 'transfers',
        inputs: Array.from({ length: 1 + random.below(3) }, () => ({
          from: random.pick(accounts),
          to: random.pick(accounts),
          amount: 1 + random.below(29),
        })),
      };
    case 11:
      return { do: 'errand' };
    case 12:
      return { do: 'countdownAtOnce', count: 1 + random.below(6) };
    case 13:
      return { do: 'countdown', count: 1 + random.below(3) };
    case 14:
      return { do: 'restless', keys: pair() };
    case 15:
      return {
        do: 'tally',
        ...random.pick([
          { name: 'Tally', key },
          { name: 'Vault', key: pair()[0] as string },
        ] as const),
        count: 1 + random.below(4),
      };
    case 16:
      return { do: 'mischief', operation: random.pick(['throw', 'unstorable', 'dangle', 'stall'] as const) };
    case 17:
      return { do: 'slowMischief', operation: random.pick(['throw', 'hang'] as const) };
    case 18:
      return { do: 'start', named: random.chance(0.5) };
    case 19:
      return { do: 'alarm', delaysMs: Array.from({ length: 2 + random.below(3) }, () => random.below(2_000)) };
    case 20:
    case 21:
      return drawHolder(random, pair());
    case 22:
      return { do: 'fickle', key: random.pick(accounts) };
    case 23:
      return { do: 'tree', tree: random.u32() };
    case 24:
      return { do: 'ping' };
    case 31:
      return { do: 'late', key };
    case 30: {
      const withinMs = random.pick([10, 100]);
      const delaysMs = Array.from({ length: 3 + random.below(6) }, () => random.below(withinMs));
      return { do: 'volley', key, delaysMs };
    }
    case 28:
    case 29:
      return { do: 'stream', key, count: 3 + random.below(8), gapMs: random.pick([0.3, 3, 20]) };
    case 27: {
      const delaysMs = Array.from({ length: 1 + random.below(3) }, () => random.below(2_000) - 300);
      return { do: 'remind', name, key, delaysMs, cancel: random.chance(0.4) };
    }
    case 25:
      return { do: random.pick(['impatient', 'twice', 'reuse', 'read', 'appendAndRead'] as const), name, key };
    default:
      return { do: 'rest', ms: random.pick([5, 100, 3_000, 70_000]) };
  }
}

function drawHolder(random: Seeded, keys: readonly string[]): Step {
  const end = random.pick(['return', 'throw', 'continue', 'leave', 'stay'] as const);
  return {
    do: 'holder',
    input: { name: random.pick(['Counter', 'Vault'] as const), keys, restMs: random.pick([0, 30, 400]), end },
    then: end === 'stay' ? 'terminate' : random.pick(['result', 'terminate', 'suspend', 'restart'] as const),
    afterMs: random.below(200),
  };
}
