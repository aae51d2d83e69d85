/** Check of the version of TypeORM. The application chooses the version. A version that does not work is refused before the first write. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { peerVersionProblem } from '../../errors/package-errors.js';

/** Whether the version works. It is read once in a process: tests of an application start one host after the other. */
let isChecked = false;

/**
 * Checks the version of the TypeORM that `import 'typeorm'` loads. A missing TypeORM is accepted here, because it may be part of a bundle,
 * and SQLite does not need it: `load` refuses it when tables of a database server must be created.
 * @throws PackageError if its version does not work
 */
export function checkTypeOrmVersion(): void {
  if (isChecked) return;
  const found = installedVersion('typeorm');
  const problem = found === undefined ? undefined : peerVersionProblem('typeorm', found);
  if (problem !== undefined) throw problem;
  isChecked = true;
}

/** The version of a package as this file would load it. `undefined` if it is not found. */
function installedVersion(name: string): string | undefined {
  let folder: string;
  try {
    // A bundle that is CommonJS has no `import.meta.url`.
    const here = typeof __filename === 'string' ? __filename : import.meta.url;
    folder = dirname(createRequire(here).resolve(name));
  } catch {
    return undefined;
  }
  // The package need not export its package.json, so search the folders above.
  for (; dirname(folder) !== folder; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (!existsSync(file)) continue;
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as { readonly name?: unknown; readonly version?: unknown };
    if (manifest.name === name) return typeof manifest.version === 'string' ? manifest.version : undefined;
  }
  return undefined;
}
