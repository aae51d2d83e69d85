/** The programs of the samples, each in a process of its own, and their data. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProgramOutput } from './program-runner.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** @param file a path in the built samples, or the path of a bundle */
export function runSample(file: string, args: readonly string[], cwd: string): Promise<ProgramOutput> {
  const program = resolve(root, 'dist/samples', file);
  return new Promise((ended) => {
    execFile(process.execPath, [program, ...args], { cwd }, (error, stdout, stderr) =>
      ended({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** The path of a file in this folder with the first transfers of the bank. */
export async function firstTransfers(folder: string, count: number): Promise<string> {
  const [header, ...lines] = (await readFile(join(root, 'samples/bank/transfers.csv'), 'utf8')).split('\n');
  const path = join(folder, 'slice.csv');
  await writeFile(path, [header, ...lines.slice(0, count), ''].join('\n'));
  return path;
}
