/** Hunts the mutants, and shows who caught which. */
import { hunt, seedsPerMutant } from './hunt.js';
import { mutants } from './mutants.js';

/** Which mutants are hunted, and for how long. */
export interface HuntOptions {
  /** `2/5`: every fifth, from the second on. */
  readonly slice: string;
  /** The number of the first one: a hunt that was stopped continues there. */
  readonly from: number;
  readonly processes: number;
  readonly seconds: number;
}

/** Resolves with the exit code. */
export async function huntMutants({ slice, from, processes, seconds: limit }: HuntOptions): Promise<number> {
  const [, part = 0, parts = 0] = (/^(\d+)\/(\d+)$/.exec(slice) ?? []).map(Number);
  if (part < 1 || part > parts || !(from >= 1)) {
    console.error('--slice takes a part of the whole, such as 2/5, and --from the number of a mutant.');
    return 2;
  }
  const hunted = mutants
    .map((mutant, index) => ({ number: index + 1, mutant }))
    .filter(({ number }) => number >= from && (number - 1) % parts === part - 1);
  const startedMs = performance.now();
  const survivors: string[] = [];
  let caught = 0;
  console.log(`${'   n  mutant'.padEnd(72)}${'caught by'.padEnd(18)}${'seeds'.padStart(6)}${'s'.padStart(7)}  in`);
  const rest = await hunt(hunted, processes, startedMs + limit * 1000, (found, number) => {
    const { mutant, checker, seeds, seed, seconds, message } = found;
    const columns = [
      `${String(number).padStart(4)}  ${mutant.name}`.padEnd(72),
      (checker ?? 'NOBODY').padEnd(18),
      String(seeds).padStart(6),
      seconds.toFixed(1).padStart(7),
    ];
    console.log(`${columns.join('')}  ${`${seed}: ${message.split('\n')[0] ?? ''}`.slice(0, 100)}`);
    if (checker === undefined) survivors.push(mutant.name);
    else caught++;
  });
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  console.log(
    `${caught} of ${caught + survivors.length} caught in ${seconds} s, with at most ${seedsPerMutant} drawn seeds each`,
  );
  for (const name of survivors) console.log(`SURVIVED ${name}`);
  const [next] = rest;
  if (next !== undefined) console.log(`${rest.length} were not begun: continue with --from ${next.number}`);
  return survivors.length === 0 ? 0 : 1;
}
