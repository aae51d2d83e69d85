/** TypeORM is a peer: the application chooses its version. One that does not work is told at the start, before anything is written. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { peerVersionProblem } from '../../errors/package-errors.js';

/**
 * Checks the copy of TypeORM that `import 'typeorm'` gives. One that is not found (it may be part of a bundle) is no problem here: it is
 * told when tables have to be made.
 * @throws PackageError when its version does not work
 */
export function checkTypeOrmVersion(): void {
  const found = installedVersion('typeorm');
  const problem = found === undefined ? undefined : peerVersionProblem('typeorm', found);
  if (problem !== undefined) throw problem;
}

/** The version of a package as this file would load it; `undefined` if there is none. */
function installedVersion(name: string): string | undefined {
  let folder: string;
  try {
    folder = dirname(createRequire(import.meta.url).resolve(name));
  } catch {
    return undefined;
  }
  // Its package.json need not be among its exports.
  for (; dirname(folder) !== folder; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (!existsSync(file)) continue;
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as { readonly name?: unknown; readonly version?: unknown };
    if (manifest.name === name) return typeof manifest.version === 'string' ? manifest.version : undefined;
  }
  return undefined;
}
