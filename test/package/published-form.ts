/** Checks of the packed library as tools of strangers see it: its entries, its types, its links, what it loads, its stacks, and its sizes. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { packedPages } from '../../packaging/pages.js';
import { expectEqual, install, type Consumer } from './consumer.js';

/** Tools that read the tarball. The second one brings a compiler of its own, which nothing else needs, so both are installed here only. */
const tools = ['publint@0.3.25', '@arethetypeswrong/cli@0.18.5'];

/**
 * Two rules do not count. The oldest resolution of TypeScript (node10) knows no entries of a package. And the types say that CommonJS cannot
 * load this package by `require` with `module: node16`, which is so.
 * @throws Error after the report of the tool that finds a fault
 */
export function checkEntriesAndTypes(consumer: Consumer): void {
  const { run, tarball } = consumer;
  install(consumer, tools);
  run('npx', ['publint', 'run', tarball, '--strict']);
  run('npx', ['attw', tarball, '--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm', '--no-emoji']);
  console.log('  publint and attw find no fault');
}

/** A registry shows README.md, and a program an error's page. Their links lead to files of the package. @throws Error that names the others */
export function checkLinks({ project }: Consumer): void {
  const installed = join(project, 'node_modules/durable-entities');
  for (const page of packedPages) {
    const text = readFileSync(join(installed, page), 'utf8');
    const links = Array.from(text.matchAll(/\]\(([^)#\s]+)/g), ([, link]) => link as string);
    const files = links.filter((link) => !/^[a-z]+:/.test(link));
    const lost = files.filter((file) => !existsSync(join(installed, dirname(page), file)));
    expectEqual(`M17: every file that ${page} links to is in the package`, lost, []);
  }
}

/** The largest sizes of the packed library, in bytes as it is downloaded. */
const packedMax = { whole: 560_000, withoutDashboard: 500_000 };

/** @throws Error if the library has become larger */
export function checkSizes({ project, tarball }: Consumer): void {
  const whole = statSync(join(project, tarball)).size;
  const dashboard = zippedBytes(join(project, 'node_modules/durable-entities/dist/dashboard'));
  const sizes = { whole, withoutDashboard: whole - dashboard };
  for (const [name, size] of Object.entries(sizes)) {
    const most = packedMax[name as keyof typeof packedMax];
    if (size > most) throw new Error(`the package (${name}) has ${size} bytes, more than ${most}`);
  }
  console.log(`  the package has ${whole} bytes, and ${sizes.withoutDashboard} without the dashboard`);
}

/** All files below a folder in one archive, as a tarball zips them. */
function zippedBytes(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
  const files = names.map((name) => join(folder, name)).filter((path) => statSync(path).isFile());
  return gzipSync(Buffer.concat(files.map((path) => readFileSync(path)))).length;
}

/** The most files of the package that an import of the main entry reads. */
const mainFilesMax = 45;

/**
 * Checks the modules that `import 'durable-entities'` loads before the program calls anything: few files of the package and two small parts
 * of other packages, but no database, no HTTP server and no optional peer.
 * @throws Error if it loads more
 */
export async function checkMainEntry({ project }: Consumer): Promise<void> {
  const entry = 'node_modules/durable-entities/dist/src/index.js';
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  const loaded = new Set([entry]);
  const packages = new Set<string>();
  // The list grows while it is walked.
  for (const file of loaded) {
    for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
      if (kind !== 'import-statement' || path.startsWith('node:')) continue;
      if (external === true) packages.add(path);
      else loaded.add(path);
    }
  }
  const wanted = ['class-transformer/cjs/enums/index.js', 'class-transformer/cjs/storage.js', 'reflect-metadata'];
  expectEqual('what the main entry loads of other packages', [...packages].toSorted(), wanted);
  const parts = /dialect|migrat|better-sqlite3|typeorm|http|vendor|restate|testing|nestjs|cli\//;
  const others = [...loaded].filter((file) => parts.test(file));
  expectEqual('parts of the package that the main entry does not need', others, []);
  if (loaded.size > mainFilesMax)
    throw new Error(`the main entry loads ${loaded.size} files, more than ${mainFilesMax}`);
  console.log(`  the main entry loads ${loaded.size} files`);
}

/** A start reads annotations of class-transformer without loading the whole of it, which only bundles need. @throws Error if it loads it */
export function checkStart({ project, run }: Consumer): void {
  const program = `import { createRequire } from 'node:module';
import { DurableHost, Entity } from 'durable-entities';
class Tally { count = 0; }
Entity({ effects: 'none' })(Tally);
const host = await DurableHost.start({ storage: ':memory:', register: [Tally], strict: 'off' });
await host.stop();
const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes('class-transformer'));
console.log(JSON.stringify([loaded.length > 0, loaded.some((file) => /class-transformer.cjs.index\\.js$/.test(file))]));`;
  writeFileSync(join(project, 'start.mjs'), program);
  expectEqual('a start loads class-transformer in part', JSON.parse(run('node', ['start.mjs'])), [true, false]);
}

/** The longest line of a file of the package that a stack may name. */
const lineMax = 400;

/** A stack names the functions of the package, and short lines of its files. @throws Error if it does not */
export function checkStacks({ project, run }: Consumer): void {
  const program = `import { EntityId } from 'durable-entities';
try { new EntityId('', 'a'); } catch (error) { console.log(error.stack); }`;
  writeFileSync(join(project, 'stack.mjs'), program);
  const stack = run('node', ['stack.mjs']);
  const frames = Array.from(
    stack.matchAll(/at (?:new )?(\S+) \((file:.*\/durable-entities\/.*\.js):(\d+):\d+\)/g),
    ([, name, file, line]) => ({
      name,
      text: readFileSync(new URL(file as string), 'utf8').split('\n')[Number(line) - 1] ?? '',
    }),
  );
  expectEqual('a stack names the functions of the package', frames.map(({ name }) => name).includes('EntityId'), true);
  const long = frames.filter(({ text }) => text.length > lineMax);
  if (long.length > 0) throw new Error(`a stack names a line of ${long[0]?.text.length} characters:\n${stack}`);
  console.log('  the lines of a stack are short');
}
