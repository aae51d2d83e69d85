/** Makes copies of the built files with one bug each. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutants.js';

const built = fileURLToPath(new URL('../..', import.meta.url));

export function fileOf({ file }: Mutant): string {
  return join(built, 'src', `${file}.js`);
}

/** How often the text that is to be replaced occurs. */
export function occurrences(mutant: Mutant): number {
  return readFileSync(fileOf(mutant), 'utf8').split(mutant.find).length - 1;
}

/** Copies what is built, with the bug. `main` runs seeds in the copy; `remove` deletes it. */
export function makeMutant(mutant: Mutant, number: number): { main: string; spec: string; remove: () => void } {
  const found = occurrences(mutant);
  if (found !== 1) throw new Error(`${mutant.name}: its text occurs ${found} times in ${mutant.file}`);
  const folder = join(built, 'mutants', String(number));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const part of ['src', 'test'])
    cpSync(join(built, part), join(folder, part), {
      recursive: true,
      filter: (path) => !/\.(d\.ts|map|spec\.js)$/.test(path) || path.endsWith(`${mutant.spec}.spec.js`),
    });
  const target = join(folder, 'src', `${mutant.file}.js`);
  const text = readFileSync(target, 'utf8');
  writeFileSync(
    target,
    text.replace(mutant.find, () => mutant.replace),
  );
  return {
    main: join(folder, 'test', 'simulation', 'mutant-run.js'),
    spec: join(folder, 'test', `${mutant.spec}.spec.js`),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
