/**
 * Bundles of programs that a test starts many times. Half of the CPU time of a start is the loading of 370 modules, and a bundle is one. The
 * packages that the programs use stay outside. Strict mode does not watch in a bundle.
 */
import { rmSync, symlinkSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const root = resolve(import.meta.dirname, '../..');
const made = new Map<string, Promise<string>>();

/** Path of the bundle of this built program. It is made once in each run of the tests. */
export function bundled(program: string): Promise<string> {
  const bundle = made.get(program) ?? makeBundle(program);
  made.set(program, bundle);
  return bundle;
}

async function makeBundle(program: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'durable-entities-bundle-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const name = basename(program, '.js');
  const build = await rolldown({
    input: program,
    platform: 'node',
    external: (id) => !/^[./]/.test(id),
    logLevel: 'silent',
  });
  await build.write({ dir: folder, format: 'esm', keepNames: true, entryFileNames: `${name}.mjs` });
  await build.close();
  return join(folder, `${name}.mjs`);
}
