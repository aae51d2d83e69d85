/**
 * Makes the compiled files small: JavaScript without comments, which the declarations have too, and no declarations that no entry reaches.
 * The compiler makes the files again after the packing (`postpack`).
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { minifySync } from 'rolldown/utils';

/** @param folder `dist/src` @param entries declaration files of the entries of the package */
export function slim(folder: string, entries: readonly string[]): void {
  const kept = reachable(entries);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (name.endsWith('.map') || (name.endsWith('.d.ts') && !kept.has(path))) rmSync(path);
    else if (name.endsWith('.d.ts')) writeFileSync(path, withoutMap(readFileSync(path, 'utf8')));
    else if (name.endsWith('.js')) writeFileSync(path, withoutComments(path, readFileSync(path, 'utf8')));
  }
}

/** Names, structure and lines stay, so that stack traces can be read. */
function withoutComments(path: string, code: string): string {
  const plain = { removeWhitespace: false, legalComments: 'none' } as const;
  const { code: made, errors } = minifySync(path, code, {
    module: true,
    compress: false,
    mangle: false,
    codegen: plain,
  });
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  return withoutMap(made);
}

function withoutMap(text: string): string {
  return text.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n');
}

/** The declaration files that these import, and those that they import. */
function reachable(entries: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const left = [...entries];
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const text = readFileSync(path, 'utf8');
    for (const [, specifier] of text.matchAll(/(?:from |import\(|import )['"](\.[^'"]+)['"]/g))
      left.push(resolve(dirname(path), (specifier as string).replace(/\.js$/, '.d.ts')));
  }
  return found;
}
