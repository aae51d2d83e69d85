/** Growth of the counts of the statistics in the last seconds, by name of code. */
import { useRef } from 'preact/hooks';
import type { Statistics } from '../api/answers.js';

/** Answers within this time are compared. */
const spanMs = 15_000;

type Counts = ReadonlyMap<string, number>;

interface Sample {
  readonly sinceMs: number;
  readonly atMs: number;
  readonly operations: Counts;
  readonly ended: Counts;
}

/** Rates are `undefined` until two answers have come. */
export interface Growth {
  operationsPerSecond(entity: string): number | undefined;
  endedPerMinute(orchestration: string): number | undefined;
}

export function useGrowth(statistics: Statistics | undefined): Growth {
  const samples = useRef<readonly Sample[]>([]);
  if (statistics !== undefined && statistics.atMs !== samples.current.at(-1)?.atMs) {
    const { sinceMs, atMs } = statistics;
    // A process that has started again counts from zero.
    const before = samples.current.filter((one) => one.sinceMs === sinceMs && atMs - one.atMs <= spanMs);
    samples.current = [...before, sampleOf(statistics)];
  }
  const [first] = samples.current;
  const last = samples.current.at(-1);
  const perMs = (of: 'operations' | 'ended', name: string) =>
    first === undefined || last === undefined || first === last
      ? undefined
      : ((last[of].get(name) ?? 0) - (first[of].get(name) ?? 0)) / (last.atMs - first.atMs);
  const times = (rate: number | undefined, ms: number) => (rate === undefined ? undefined : rate * ms);
  return {
    operationsPerSecond: (entity) => times(perMs('operations', entity), 1_000),
    endedPerMinute: (orchestration) => times(perMs('ended', orchestration), 60_000),
  };
}

function sampleOf({ sinceMs, atMs, operations, runs }: Statistics): Sample {
  const byEntity = new Map<string, number>();
  for (const { entity, ok, failed } of operations) byEntity.set(entity, (byEntity.get(entity) ?? 0) + ok + failed);
  const ended = new Map(runs.map((run) => [run.name, run.completed + run.failed + run.terminated]));
  return { sinceMs, atMs, operations: byEntity, ended };
}
