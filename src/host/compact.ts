import { InvalidArgumentError } from '../errors/index.js';
import { checkStorage } from './storage-options.js';
import type { DurableHostOptions } from './options.js';

/**
 * Writes the SQLite file of a task hub anew, without the pages that nothing uses any more. Files that version 0.1 made need it once: from
 * then on a host gives free pages back by itself. Needs as much free disk space as the file has content, and no host on the file.
 *
 * Resolves with the sizes of the file in bytes when the new file is on the disk. A process that dies in the middle leaves the file as it was.
 * @throws StorageError if a host has the file (`DE_STORAGE_OWNED`), or if there is no room
 */
export async function compactStorage(
  storage: DurableHostOptions['storage'],
): Promise<{ readonly bytesBefore: number; readonly bytesAfter: number }> {
  const file = checkStorage(storage);
  if (typeof file !== 'string' || file === ':memory:') {
    const problem = typeof file === 'string' ? "':memory:' is not a file" : 'a database on a server is not a file';
    throw new InvalidArgumentError('storage', problem, 'Give the path of a SQLite file.');
  }
  const { compactSqlite } = await import('../storage/typeorm/index.js');
  return compactSqlite(file);
}
