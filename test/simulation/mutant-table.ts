/** Hunts the mutants, and shows who caught which. */
import { hunt, seedsPerMutant } from './hunt.js';
import { mutants } from './mutants.js';

/** @param slice `2/5`: every fifth, from the second on. Resolves with the exit code. */
export async function huntMutants(slice: string, processes: number): Promise<number> {
  const [, part = 0, parts = 0] = (/^(\d+)\/(\d+)$/.exec(slice) ?? []).map(Number);
  if (part < 1 || part > parts) {
    console.error('--slice takes a part of the whole, such as 2/5.');
    return 2;
  }
  const hunted = mutants.filter((_, number) => number % parts === part - 1);
  const startedMs = performance.now();
  const survivors: string[] = [];
  console.log(`${'mutant'.padEnd(52)}${'caught by'.padEnd(18)}${'seeds'.padStart(6)}${'s'.padStart(7)}`);
  await hunt(hunted, processes, ({ mutant, checker, seeds, seconds, message }) => {
    const columns = [
      mutant.name.padEnd(52),
      (checker ?? 'NOBODY').padEnd(18),
      String(seeds).padStart(6),
      seconds.toFixed(1).padStart(7),
    ];
    console.log(`${columns.join('')}  ${(message.split('\n')[0] ?? '').slice(0, 100)}`);
    if (checker === undefined) survivors.push(mutant.name);
  });
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  const caught = hunted.length - survivors.length;
  console.log(`${caught} of ${hunted.length} caught in ${seconds} s, with at most ${seedsPerMutant} seeds each`);
  for (const name of survivors) console.log(`SURVIVED ${name}`);
  return survivors.length === 0 ? 0 : 1;
}
