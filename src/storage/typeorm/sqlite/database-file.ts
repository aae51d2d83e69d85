import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { StorageError } from '../../../errors/index.js';
import { quoted } from '../../../errors/text.js';

export const inMemory = ':memory:';

/**
 * The canonical path of a database file, with symbolic links and `..` resolved, so that all processes lock the same owner file. The folder
 * must exist: TypeORM would create it, and nobody would notice a mistyped path.
 *
 * This function never opens the file: closing it would release the locks that this process has on it.
 */
export async function resolveDatabaseFile(path: string): Promise<string> {
  const file = resolve(path);
  const folder = await realpath(dirname(file)).catch((cause: unknown) => {
    throw new StorageError(
      `The folder of the database ${quoted(file)} does not exist or cannot be entered.`,
      'Create the folder first, or correct the path.',
      cause,
    );
  });
  const known = await stat(file).catch(() => undefined);
  if (known === undefined) return join(folder, basename(file));
  if (!known.isFile())
    throw new StorageError(`The database ${quoted(file)} is not a file.`, 'Give the path of a file.');
  return realpath(file);
}
