/**
 * Joins the modules of `dist/src` into few files: one for each entry of the package, and chunks that the entries share. A start of a host then
 * reads a few dozen files instead of some 400. Each module is in one file, so there is one copy of each class, whatever the entries.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';

/** The module that knows where the package is. Its chunk keeps its name. */
const placed = 'package-place';

/**
 * A call of `require` with the name of a package, which bundlers of applications find and replace by the package. rolldown would write a
 * helper in its place, which they do not find, and which does not run in CommonJS. So the call has another name while rolldown works.
 */
const literalRequire = /\brequire\((?=['"](?!node:))/g;
const keptName = 'keptRequire(';

/** Small modules that every run of the command line loads, in two files instead of six: each file of a start costs a millisecond. */
const together = [
  { name: 'base', test: /[\\/](?:errors[\\/]durable-error|core[\\/]package-version|host[\\/]node-clock)\.js$/ },
  { name: 'command-base', test: /[\\/]cli[\\/](?:cli-error|completion-scripts|output[\\/]safe-text)\.js$/ },
];

export interface Entries {
  /** Paths of the entries within the folder, without extension. */
  readonly modules: readonly string[];
  /** Paths of files within the folder that are bundles already, and stay as they are. */
  readonly bundles: readonly string[];
}

/** @param folder `dist/src` */
export async function joinModules(folder: string, { modules, bundles }: Entries): Promise<void> {
  const kept = new Set(bundles.map((name) => join(folder, `${name}.js`)));
  const build = await rolldown({
    input: Object.fromEntries(modules.map((name) => [name, join(folder, `${name}.js`)])),
    platform: 'node',
    external: (specifier) => kept.has(specifier) || !/^[./]/.test(specifier),
    makeAbsoluteExternalsRelative: true,
    preserveEntrySignatures: 'strict',
    logLevel: 'warn',
    plugins: [{ name: 'kept-require', transform: (code) => code.replaceAll(literalRequire, keptName) }],
  });
  // Into memory: the modules are still read.
  const { output } = await build.generate({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name].js',
    keepNames: true,
    // Chunks import each other's names as they are: a second name for each would be longer.
    minifyInternalExports: false,
    comments: { legal: false, annotation: true, jsdoc: false },
    codeSplitting: { groups: [{ name: placed, test: /[\\/]model[\\/]package-place\.js$/ }, ...together] },
  });
  await build.close();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (name.endsWith('.js') && !kept.has(path)) rmSync(path);
  }
  for (const chunk of output) {
    if (chunk.type !== 'chunk') continue;
    const path = join(folder, chunk.fileName);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, chunk.code.replaceAll(keptName, 'require('));
  }
}
