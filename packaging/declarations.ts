/**
 * Joins the declarations of `dist/src` into one file for each entry of the package, and files in `types` that entries share. Only what an entry
 * exports, and what these exports name, is in them: the declarations of the engine are left out, and so are imports of files that are not there.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';

/** @param folder `dist/src` @param entries paths of the entries within the folder, without extension */
export async function joinDeclarations(folder: string, entries: readonly string[]): Promise<void> {
  const paths = new Map(entries.map((name) => [join(folder, `${name}.d.ts`), name]));
  const linked = new Map<string, ReadonlySet<string>>();
  const build = await rolldown({
    input: Object.fromEntries(entries.map((name) => [name, join(folder, `${name}.d.ts`)])),
    external: (specifier) => !/^[./]/.test(specifier),
    preserveEntrySignatures: 'strict',
    logLevel: 'warn',
    plugins: [
      dts({ dtsInput: true, tsconfig: false }),
      {
        name: 'entries-of-entries',
        buildEnd() {
          for (const [path, name] of paths)
            linked.set(
              name,
              entriesBehind(path, paths, (id) => this.getModuleInfo(id)?.importedIds ?? []),
            );
        },
      },
    ],
    // Otherwise comments name the files of this machine. The plugin parses each file, which is what takes the time.
    experimental: { attachDebugInfo: 'none' },
    checks: { bundlerTimings: false },
  });
  // Into memory: the declarations are still read.
  const { output } = await build.generate({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].d.ts',
    chunkFileNames: 'types/[name].d.ts',
    // A compiler that writes declarations of an application looks for the names that a module exports.
    minifyInternalExports: false,
  });
  await build.close();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (/\.d\.ts(\.map)?$/.test(name)) rmSync(join(folder, name));
  for (const chunk of output) {
    if (chunk.type !== 'chunk') continue;
    const path = join(folder, chunk.fileName);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, chunk.code + linksTo(chunk.name, linked.get(chunk.name) ?? []));
  }
}

/** The entries that the source of an entry imports, directly or through other files. */
function entriesBehind(
  path: string,
  entries: ReadonlyMap<string, string>,
  importsOf: (path: string) => readonly string[],
): ReadonlySet<string> {
  // The list grows while it is walked.
  const found = new Set([path]);
  for (const each of found) for (const imported of importsOf(each)) found.add(imported);
  found.delete(path);
  return new Set([...found].flatMap((each) => entries.get(each) ?? []));
}

/**
 * Imports of nothing from these entries. A compiler that writes the declarations of an application looks for an entry that exports a type, and
 * sees those only whose files the program has read.
 */
function linksTo(name: string, entries: Iterable<string>): string {
  return Array.from(entries, (entry) => {
    const path = relative(dirname(name), entry).replaceAll('\\', '/');
    return `\nimport type {} from "${path.startsWith('.') ? path : `./${path}`}.js";`;
  }).join('');
}
