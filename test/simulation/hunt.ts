/** Lets the simulator loose on every mutant. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { makeMutant } from './mutant-files.js';
import type { Mutant } from './mutants.js';

export const seedsPerMutant = 500;
/** A copy whose seed takes longer stands still: that is how it is caught. */
const patienceMs = 120_000;

/** A mutant with its number in the list, from 1 on. */
export interface Hunted {
  readonly number: number;
  readonly mutant: Mutant;
}

export interface Catch {
  readonly mutant: Mutant;
  /** `undefined`: it survived. */
  readonly checker: string | undefined;
  /** The number of seeds that it took. */
  readonly seeds: number;
  /** The seed that failed, with its world if it was made for a danger; empty if the copy gave no answer. */
  readonly seed: string;
  readonly message: string;
  readonly seconds: number;
}

/**
 * Hunts mutants, each with its number, until every one is caught or has survived its seeds, or no time is left. Resolves with those that
 * were not begun.
 */
export async function hunt(
  mutants: readonly Hunted[],
  processes: number,
  endAtMs: number,
  onCatch: (caught: Catch, number: number) => void,
): Promise<readonly Hunted[]> {
  const queue = [...mutants];
  const work = async (): Promise<void> => {
    while (performance.now() < endAtMs) {
      const next = queue.shift();
      if (next === undefined) return;
      onCatch(await catchOne(next.mutant, next.number), next.number);
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  return queue;
}

async function catchOne(mutant: Mutant, number: number): Promise<Catch> {
  const { main, spec, remove } = makeMutant(mutant, number);
  const startedMs = performance.now();
  if (mutant.spec !== undefined) {
    const { failing, output } = await runSpec(spec);
    remove();
    const seconds = (performance.now() - startedMs) / 1000;
    const checker = failing ? 'spec' : undefined;
    return { mutant, checker, seeds: 0, seed: mutant.spec, message: failing ? titleOf(output) : '', seconds };
  }
  const { lines, errors, stood } = await runUntilQuiet([
    main,
    String(seedsPerMutant),
    mutant.world ?? '',
    mutant.several === true ? 'several' : '',
  ]);
  remove();
  const seconds = (performance.now() - startedMs) / 1000;
  // A copy that cannot even begin has been caught by nobody.
  if (lines[0] !== 'begun') throw new Error(`${mutant.name}: its copy does not run.\n${errors}`);
  const last = lines.at(-1) ?? '';
  if (last.startsWith('{')) {
    const { seeds = 0, seed = '', checker, message = '' } = JSON.parse(last) as Partial<Catch>;
    return { mutant, checker, seeds, seed, message, seconds };
  }
  const seeds = lines.length;
  if (stood) return { mutant, checker: 'progress', seeds, seed: '', message: 'it stands still', seconds };
  return { mutant, checker: 'process', seeds, seed: '', message: errors.trim(), seconds };
}

/** Runs one spec in a copy. A spec that cannot begin has no failing test, and throws. */
async function runSpec(spec: string): Promise<{ failing: boolean; output: string }> {
  const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
  const args = [mocha, '--no-config', '--require', 'reflect-metadata', '--timeout', '100000', spec];
  const { lines, errors } = await runUntilQuiet(args);
  const output = lines.join('\n');
  if (!/\d+ passing/.test(output)) throw new Error(`${spec} does not run.\n${output}\n${errors}`);
  return { failing: /\d+ failing/.test(output), output };
}

/** The title of the first test that failed. */
function titleOf(output: string): string {
  return /^ *1\) (.*)$/m.exec(output)?.[1] ?? '';
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
