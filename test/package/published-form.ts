/** Checks of the packed library as tools of strangers see it: its entries, its types, its links, and its sizes. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expectEqual, install, root, type Consumer } from './consumer.js';

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

/** A registry shows README.md, whose links lead to files of the package. @throws Error that names the files that are not there */
export function checkLinks({ project }: Consumer): void {
  const installed = join(project, 'node_modules/durable-entities');
  const page = readFileSync(join(root, 'README.md'), 'utf8');
  const links = Array.from(page.matchAll(/\]\(([^)#\s]+)/g), ([, link]) => link as string);
  const files = links.filter((link) => !/^[a-z]+:/.test(link));
  const lost = files.filter((file) => !existsSync(join(installed, file)));
  expectEqual('M17: every file that README.md links to is in the package', lost, []);
  expectEqual('README.md has many links', files.length > 20, true);
}

/** The largest sizes of the packed library, in bytes as it is downloaded. */
const packedMax = { whole: 830_000, withoutDashboard: 775_000 };

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
