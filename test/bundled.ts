/**
 * Bundles of programs that tests start many times. Most of the CPU time of a start is the loading of modules: 370 of this package and as many
 * of a web framework. A bundle is a few files, which share their code. Strict mode does not watch in a bundle.
 */
import { rmSync, symlinkSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown, type Plugin } from 'rolldown';

const root = resolve(import.meta.dirname, '../..');

/** The built programs, and the main entry of this package, which they load as a whole. */
const programs = [
  'samples/bank/main',
  'samples/express/main',
  'samples/fastify-app/main',
  'samples/nest-shop/main',
  'src/index',
  'test/acceptance/better-sqlite3-child',
  'test/acceptance/poison-child',
  'test/acceptance/restart-child',
  'test/acceptance/standby-child',
  'test/acceptance/worker-thread-child',
] as const;

/** The command line loads only the modules of its command. They are not in one file, so it has a build of its own. */
const commands = ['src/cli/main', 'test/cli/code'] as const;

/** Modules that the bundles import: drivers have a native part, and TypeORM loads its drivers by their names. */
const outside = /^(node:|sqlite3$|better-sqlite3$|typeorm(\/|$))/;

type Program = (typeof programs | typeof commands)[number];

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
  const loadedAtOnce = new Set<string>();
  const loadedForSqlite = new Set<string>();
  await build(folder, programs, {
    // Each file that is loaded costs time, so what a start on a SQLite file loads is in two files.
    plugins: [noting(loadedAtOnce, 'src/index'), noting(loadedForSqlite, 'src/storage/typeorm/sqlite/sqlite-dialect')],
    groups: [
      { name: 'package', test: (id) => loadedAtOnce.has(id) },
      { name: 'sqlite', test: (id) => loadedForSqlite.has(id) },
    ],
  });
  await build(folder, commands, { plugins: [], groups: [] });
  return folder;
}

interface Build {
  readonly plugins: Plugin[];
  /** Modules that come into one file. The first group that has a module counts. */
  readonly groups: { readonly name: string; readonly test: (id: string) => boolean }[];
}

async function build(folder: string, inputs: readonly Program[], { plugins, groups }: Build): Promise<void> {
  const bundle = await rolldown({
    input: Object.fromEntries(inputs.map((program) => [nameOf(program), builtFile(program)])),
    platform: 'node',
    // Optional packages that are not installed stay outside too. The build would warn about each.
    external: outside,
    plugins,
    logLevel: 'silent',
  });
  await bundle.write({
    dir: folder,
    format: 'esm',
    keepNames: true,
    entryFileNames: '[name].mjs',
    chunkFileNames: 'shared/[name]-[hash].mjs',
    codeSplitting: { groups },
    // Comments and spaces take time to read. Names stay, for stack traces.
    minify: { compress: false, mangle: false, codegen: true },
  });
  await bundle.close();
}

/** Notes the modules that a module imports, itself included, without those that it imports later by `import()`. */
function noting(found: Set<string>, entry: string): Plugin {
  return {
    name: `modules of ${entry}`,
    buildEnd() {
      const note = (id: string) => {
        if (found.has(id)) return;
        found.add(id);
        for (const imported of this.getModuleInfo(id)?.importedIds ?? []) note(imported);
      };
      note(builtFile(entry));
    },
  };
}

function builtFile(module: string): string {
  return join(root, 'dist', `${module}.js`);
}
