/** Lets the simulator loose on every mutant. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { makeMutant } from './mutant-files.js';
import type { Mutant } from './mutants.js';

export const seedsPerMutant = 500;
/** A copy whose seed takes longer stands still: that is how it is caught. */
const patienceMs = 120_000;

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
  const { lines, errors, stood } = await runUntilQuiet([main, '1', String(seedsPerMutant)]);
  remove();
  const seconds = (performance.now() - startedMs) / 1000;
  // A copy that cannot even begin has been caught by nobody.
  if (lines[0] !== 'begun') throw new Error(`${mutant.name}: its copy does not run.\n${errors}`);
  const last = lines.at(-1) ?? '';
  if (last.startsWith('{')) {
    const { seeds = 0, checker, message = '' } = JSON.parse(last) as Partial<Catch>;
    return { mutant, checker, seeds, message, seconds };
  }
  const seeds = lines.length;
  if (stood) return { mutant, checker: 'progress', seeds, message: 'it stands still', seconds };
  return { mutant, checker: 'process', seeds, message: errors.trim(), seconds };
}

/** Resolves when the process has ended, or has been ended because it said nothing for long. */
function runUntilQuiet(args: readonly string[]): Promise<{ lines: string[]; errors: string; stood: boolean }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const lines: string[] = [];
    let errors = '';
    let stood = false;
    const end = () => {
      stood = true;
      child.kill('SIGKILL');
    };
    let timer = setTimeout(end, patienceMs);
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      clearTimeout(timer);
      timer = setTimeout(end, patienceMs);
    });
    child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
    child.on('close', () => {
      clearTimeout(timer);
      resolve({ lines, errors, stood });
    });
  });
}
