/** Bundles one file with all that it imports. */
import { rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { rolldown } from 'rolldown';

/** Files of `src` that only re-export foreign packages. Each becomes one file of `dist/src` without imports. */
export const bundledFiles = ['http/vendor', 'cli/vendor/stricli', 'cli/vendor/width', 'cli/vendor/progress'] as const;

/** Writes the bundle. Resolves with the folders of the packages that are in it. @throws Error if an import is left that Node does not have */
export async function bundle(input: string, output: string): Promise<string[]> {
  const build = await rolldown({ input, platform: 'node', logLevel: 'warn' });
  const { output: chunks } = await build.write({ file: output, format: 'esm', minify: true, codeSplitting: false });
  await build.close();
  // The compiler's map is of the file before.
  rmSync(`${output}.map`, { force: true });
  const folders = new Set<string>();
  for (const chunk of chunks) {
    if (chunk.type !== 'chunk') continue;
    const foreign = [...chunk.imports, ...chunk.dynamicImports].filter((specifier) => !isBuiltin(specifier));
    if (foreign.length > 0) throw new Error(`${output} would still import ${foreign.join(', ')}`);
    for (const id of chunk.moduleIds) {
      const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0];
      if (folder !== undefined) folders.add(folder);
    }
  }
  return [...folders];
}
