/**
 * Bundles of programs that tests start many times. Most of the CPU time of a start is the loading of modules: 370 of this package and as many
 * of a web framework. A bundle is a few files. One build makes all bundles, which share their code. Strict mode does not watch in a bundle.
 */
import { rmSync, symlinkSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const root = resolve(import.meta.dirname, '../..');

/** The built programs, and the main entry of this package. */
const programs = [
  'samples/bank/main',
  'samples/express/main',
  'samples/fastify-app/main',
  'samples/nest-shop/main',
  'src/cli/main',
  'src/index',
  'test/acceptance/better-sqlite3-child',
  'test/acceptance/poison-child',
  'test/acceptance/restart-child',
  'test/acceptance/standby-child',
  'test/acceptance/worker-thread-child',
  'test/cli/code',
] as const;

/** Modules that the bundles import: drivers have a native part, and TypeORM loads its drivers by their names. */
const outside = /^(node:|sqlite3$|better-sqlite3$|typeorm(\/|$))/;

type Program = (typeof programs)[number];

let made: Promise<string> | undefined;

/** Path of the bundle of a program. The bundles are made once in each run of the tests. */
export async function bundled(program: Program): Promise<string> {
  made ??= makeBundles();
  return join(await made, `${nameOf(program)}.mjs`);
}

/** The address from which a program imports the bundle of this package. */
export async function bundledPackage(): Promise<string> {
  return pathToFileURL(await bundled('src/index')).href;
}

function nameOf(program: Program): string {
  return program.replaceAll('/', '-');
}

/** The folder of the bundles. */
async function makeBundles(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'durable-entities-bundle-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const build = await rolldown({
    input: Object.fromEntries(programs.map((program) => [nameOf(program), join(root, 'dist', `${program}.js`)])),
    platform: 'node',
    // Optional packages that are not installed stay outside too. The build would warn about each.
    external: outside,
    logLevel: 'silent',
  });
  await build.write({
    dir: folder,
    format: 'esm',
    keepNames: true,
    entryFileNames: '[name].mjs',
    chunkFileNames: 'shared/[name]-[hash].mjs',
  });
  await build.close();
  return folder;
}
