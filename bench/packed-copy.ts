/** A copy of the build in the form of the published package: modules joined into few files. */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundledFiles } from '../packaging/bundle.js';
import { packageEntries } from '../packaging/entries.js';
import { joinModules } from '../packaging/join.js';
import { slim } from '../packaging/slim.js';

const root = resolve(import.meta.dirname, '../..');

/** Makes the copy in this folder. Resolves with the folder of the program `first-commit` that uses it. */
export async function packedCopy(folder: string): Promise<string> {
  const src = join(folder, 'dist/src');
  const bench = join(folder, 'dist/bench');
  mkdirSync(join(bench, 'children'), { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  cpSync(join(root, 'dist/src'), src, { recursive: true });
  for (const program of ['first-commit', 'child'])
    cpSync(join(root, `dist/bench/children/${program}.js`), join(bench, `children/${program}.js`));
  cpSync(join(root, 'dist/bench/programs.js'), join(bench, 'programs.js'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  await joinModules(src, { modules: packageEntries(root).modules, bundles: bundledFiles });
  slim(src, bundledFiles);
  return join(bench, 'children');
}
