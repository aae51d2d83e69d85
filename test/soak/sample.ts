/** Sizes that may grow, and the check that they did not. */
import { statSync } from 'node:fs';
import type { ChaosStorage } from '../chaos/storage.js';
import { keptAtLeastMs, type Measured } from './protocol.js';

export interface Sample {
  readonly atMs: number;
  /** Acknowledged so far. */
  readonly acked: number;
  /** Each by its name. */
  readonly values: ReadonlyMap<string, number>;
}

const megabyte = 2 ** 20;
/** Allowed beside a quarter more, although nothing grows. */
const slack: readonly (readonly [name: RegExp, more: number])[] = [
  [/^heap$/, 8 * megabyte],
  [/^rss$/, 48 * megabyte],
  [/^(handles|descriptors)$/, 4],
  [/^file$/, 2 * megabyte],
  // SQLite writes the log from its beginning again when the log has reached this size.
  [/^log$/, 20 * megabyte],
  [/^rows of /, 25],
];
const share = 1.25;
/** Grows with the rate of what is done. */
const isStored = /^rows of |^file$/;
/** Parts of the time. */
const quarter = { from: 0.2, to: 0.35 };
const end = { from: 0.85, to: 1 };
const passEveryMs = 60_000;
/** In a short run they grow until its end: they are not compared. */
const keptLonger = ['rows of de_receipt', 'rows of de_worker'];
/** They were made before the soak began, so a retention of a quarter of the time has deleted all of them. */
const mustBeGone = 'rows of de_dead_letter';

/** Rows of every table, sizes of files, and what the host measured. */
export async function valuesOf(storage: ChaosStorage, measured: Measured): Promise<ReadonlyMap<string, number>> {
  const tables = await storage.query<{ name: string }>(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'de@_%' ESCAPE '@' ORDER BY name`,
  );
  const counts = tables.map(({ name }) => `(SELECT count(*) FROM "${name}") AS "${name}"`);
  const [rows = {}] = await storage.query<Record<string, number>>(`SELECT ${counts.join(', ')}`);
  return new Map([
    ...Object.entries(rows).map(([table, count]) => [`rows of ${table}`, count] as const),
    ['heap', measured.heapBytes],
    ['rss', measured.residentBytes],
    ['handles', measured.handles],
    ['descriptors', measured.descriptors],
    ['file', statSync(storage.file).size],
    ['log', statSync(`${storage.file}-wal`, { throwIfNoEntry: false })?.size ?? 0],
  ]);
}

export interface Growth {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  readonly allowed: number;
}

/**
 * The shortest run in which data with this retention has its largest size at the first measurement. Once a minute a host searches
 * for data to delete, so sizes go up and down.
 */
export function shortestRunMs(keptMs: number): number {
  return (keptMs + passEveryMs) / quarter.to - 10_000;
}

/**
 * The largest values around a quarter of the time, and at its end.
 * @returns the names in the order of the samples
 */
export function growthOf(samples: readonly Sample[]): readonly Growth[] {
  const before = partOf(samples, quarter);
  const after = partOf(samples, end);
  // On a machine that became quicker more is kept of the same time.
  const busier = Math.max(1, rateOf(after) / rateOf(before));
  const isShort = (samples.at(-1)?.atMs ?? 0) < shortestRunMs(keptAtLeastMs);
  const allowedOf = (name: string, otherwise: number) => {
    if (name === mustBeGone) return 0;
    return isShort && keptLonger.includes(name) ? Number.POSITIVE_INFINITY : otherwise;
  };
  const names = [...(after.at(-1)?.values.keys() ?? [])];
  return names.map((name) => {
    const [most, mostAfter] = [before, after].map((part) => largest(part, name)) as [number, number];
    const more = slack.find(([pattern]) => pattern.test(name))?.[1] ?? 0;
    return {
      name,
      before: most,
      after: mostAfter,
      allowed: allowedOf(name, most * share * (isStored.test(name) ? busier : 1) + more),
    };
  });
}

function partOf(samples: readonly Sample[], { from, to }: typeof end): readonly Sample[] {
  const lastMs = samples.at(-1)?.atMs ?? 0;
  const part = samples.filter(({ atMs }) => atMs >= from * lastMs && atMs <= to * lastMs);
  if (part.length < 2) throw new Error('the lines are too few to be compared: take more of them, or more time');
  return part;
}

/** Acknowledged in a ms. */
function rateOf(part: readonly Sample[]): number {
  const [first, last] = [part[0] as Sample, part.at(-1) as Sample];
  return (last.acked - first.acked) / (last.atMs - first.atMs);
}

function largest(part: readonly Sample[], name: string): number {
  return Math.max(...part.map(({ values }) => values.get(name) ?? 0));
}
