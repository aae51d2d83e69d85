/**
 * The SQLite files that this process has open, with the driver of each. The locks of a file belong to the process: when one copy of SQLite
 * closes a file, the operating system drops the locks of the other. So a second driver on an open file is refused.
 */
import { resolve } from 'node:path';
import { StorageError } from '../../../errors/index.js';
import { quoted } from '../../../errors/text.js';
import { inMemory } from './database-file.js';

const openFiles = new Map<string, { readonly driver: object; handles: number }>();

/** Counts one more connection. Returns the function that ends it. @throws StorageError if another driver has the file open */
export function noteOpen(file: string, driver: object): () => void {
  if (file === inMemory) return () => {};
  const path = resolve(file);
  const known = openFiles.get(path) ?? { driver, handles: 0 };
  if (known.driver !== driver)
    throw new StorageError(
      `This process has ${quoted(path)} open with another SQLite package.`,
      'Use sqlite3 or better-sqlite3 for a file, and never both in one process: the first that closes it drops the locks of the other.',
    );
  known.handles++;
  openFiles.set(path, known);
  return () => {
    known.handles--;
    if (known.handles === 0) openFiles.delete(path);
  };
}
