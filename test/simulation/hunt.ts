/** Lets the simulator loose on every mutant. */
import { execFile } from 'node:child_process';
import { makeMutant } from './mutant-files.js';
import type { Mutant } from './mutants.js';

export const seedsPerMutant = 500;
/** Nothing that a mutant does may take longer: it is caught by not coming to an end. */
const patienceMs = 240_000;

export interface Catch {
  readonly mutant: Mutant;
  /** `undefined`: it survived. */
  readonly checker: string | undefined;
  readonly seeds: number;
  readonly message: string;
  readonly seconds: number;
}

/** Resolves when every mutant is caught or has survived its seeds. */
export async function hunt(
  mutants: readonly Mutant[],
  processes: number,
  onCatch: (caught: Catch) => void,
): Promise<void> {
  const queue = [...mutants.entries()];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) onCatch(await catchOne(next[1], next[0]));
  };
  await Promise.all(Array.from({ length: processes }, work));
}

async function catchOne(mutant: Mutant, number: number): Promise<Catch> {
  const { main, remove } = makeMutant(mutant, number);
  const startedMs = performance.now();
  const options = { timeout: patienceMs, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 } as const;
  const output = await new Promise<string | undefined>((resolve) => {
    const child = execFile(process.execPath, [main, '1', String(seedsPerMutant)], options, (error, stdout, stderr) => {
      resolve(
        error === null
          ? stdout
          : child.killed
            ? undefined
            : `{"checker":"error","message":${JSON.stringify(stderr.slice(-300))}}`,
      );
    });
  });
  remove();
  const seconds = (performance.now() - startedMs) / 1000;
  if (output === undefined) return { mutant, checker: 'progress', seeds: 0, message: 'it came to no end', seconds };
  const { seeds = 0, checker, message = '' } = JSON.parse(output.trim().split('\n').at(-1) ?? '{}') as Partial<Catch>;
  return { mutant, checker, seeds, message, seconds };
}
