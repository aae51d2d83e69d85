/** Works whose commits are counted, with the instructions and bytes of a message. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { works as allWorks } from '../works/index.js';
import type { LoadWork } from '../work.js';
import { inTemporaryFolder } from '../temporary.js';
import { batchesOf, type Units } from './batches.js';
import { compileReplay, count, driverFile } from './callgrind.js';
import { callsOf, scriptOf } from './statements.js';

/** What the commits of a work cost. */
export interface CommitCost {
  readonly work: string;
  readonly inFlight: number;
  readonly commits: number;
  /** Thousands of instructions of SQLite for a message. */
  readonly kiloInstructions: number;
  /** The share of SQLite's functions for JSON themselves, without those that they call, 0 to 1. `null` if the driver has no symbols. */
  readonly jsonShare: number | null;
  /** Bytes that the commits wrote to the log, for a message. */
  readonly bytes: number;
  /** Calls of the operating system that write, for each commit. */
  readonly writesPerCommit: number;
  readonly syncsPerCommit: number;
}

/** The stored figures, which a later run is compared with. */
export interface CommitCosts {
  /** The version of SQLite. */
  readonly sqlite: string;
  /** The first digits of the SHA-256 of the driver's native part. Another build of the same SQLite has other instructions. */
  readonly driver: string;
  readonly costs: readonly CommitCost[];
}

/** The costs, and the most expensive functions of each. */
export interface Counted {
  readonly cost: CommitCost;
  readonly sqlite: string;
  readonly functions: readonly (readonly [name: string, share: number])[];
}

/** So many units that a commit more or less does not matter, and so few that all of them take less than a minute. */
const counted: readonly (Units & { readonly work: string })[] = [
  { work: 'w1', inFlight: 1, before: 256, measured: 128 },
  { work: 'w1', inFlight: 64, before: 640, measured: 2_560 },
  { work: 'w1', inFlight: 1_000, before: 4_000, measured: 20_000 },
  { work: 'w1-external', inFlight: 1_000, before: 3_000, measured: 3_000 },
  { work: 'w2', inFlight: 64, before: 640, measured: 2_560 },
  { work: 'w2-request-id', inFlight: 64, before: 1_280, measured: 1_280 },
  { work: 'w3', inFlight: 1, before: 256, measured: 128 },
  { work: 'w3', inFlight: 64, before: 1_280, measured: 1_280 },
  { work: 'w4', inFlight: 64, before: 1_280, measured: 1_280 },
  { work: 'w4', inFlight: 1_000, before: 2_000, measured: 2_000 },
  { work: 'saga', inFlight: 64, before: 256, measured: 256 },
];

/** The names of the works that can be counted. */
export const countedWorks = [...new Set(counted.map(({ work }) => work))];

/** The figures as they are stored. */
export function storedCosts(all: readonly Counted[]): CommitCosts {
  const driver = createHash('sha256').update(readFileSync(driverFile())).digest('hex').slice(0, 16);
  return { sqlite: all[0]?.sqlite ?? '', driver, costs: all.map(({ cost }) => cost) };
}

/** Counts these works, or all if no name is given. */
export function countCommits(names: readonly string[], show: (each: Counted) => void): Promise<readonly Counted[]> {
  return inTemporaryFolder(async (folder) => {
    const program = await compileReplay(folder);
    const all: Counted[] = [];
    for (const units of counted) {
      if (names.length > 0 && !names.includes(units.work)) continue;
      const each = await countOne(program, units);
      all.push(each);
      show(each);
    }
    return all;
  });
}

async function countOne(program: string, units: Units & { readonly work: string }): Promise<Counted> {
  const work = allWorks.find(({ name }) => name === units.work) as LoadWork;
  const batches = await batchesOf(work, units);
  const script = scriptOf(await callsOf(batches));
  const { instructions, functions, bytes, writes, syncs, sqlite } = await inTemporaryFolder((folder) =>
    count(program, script, folder),
  );
  const commits = batches.measured.length;
  const ofJson = [...functions].filter(([name]) => /^json/i.test(name)).reduce((sum, [, own]) => sum + own, 0);
  return {
    cost: {
      work: units.work,
      inFlight: units.inFlight,
      commits,
      kiloInstructions: rounded(instructions / batches.messages / 1_000, 2),
      jsonShare: ofJson === 0 ? null : rounded(ofJson / instructions, 3),
      bytes: rounded(bytes / batches.messages, 1),
      writesPerCommit: rounded(writes / commits, 1),
      syncsPerCommit: rounded(syncs / commits, 2),
    },
    sqlite,
    functions: [...functions].map(([name, own]) => [name, own / instructions] as const).sort(([, a], [, b]) => b - a),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
