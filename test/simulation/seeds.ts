/** Runs seeds one after the other, in this thread. */
import { draw, drawSeveral } from './plan.js';
import { simulate } from './simulation.js';
import { count, noCounters, type Counters, type FailedSeed } from './tally.js';

/** Each seed that this divides runs twice and must come out the same. */
const twiceEvery = 100;

export interface SeedRange {
  readonly first: number;
  readonly last: number;
  /** Whether several workers share the partitions. */
  readonly several?: boolean;
}

export interface RangeOutcome {
  readonly counters: Counters;
  readonly failed: readonly FailedSeed[];
}

/** @param enough asked after each seed */
export async function runSeeds(
  { first, last, several = false }: SeedRange,
  enough: (failed: readonly FailedSeed[]) => boolean = () => false,
): Promise<RangeOutcome> {
  const counters = noCounters();
  const failed: FailedSeed[] = [];
  const planOf = several ? drawSeveral : draw;
  for (let seed = first; seed <= last && !enough(failed); seed++) {
    const outcome = await simulate(planOf(seed));
    count(counters, outcome);
    if (outcome.failure !== undefined) failed.push({ seed, ...outcome.failure });
    else if (seed % twiceEvery === 0) {
      const again = await simulate(planOf(seed));
      counters.repeated++;
      if (again.hash !== outcome.hash) {
        const message = `it came out as ${outcome.hash}, then as ${again.hash}`;
        failed.push({ seed, checker: 'determinism', message, tail: again.failure?.tail ?? [] });
      }
    }
    // An unhandled rejection is reported here, while the seed that caused it is known.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { counters, failed };
}
