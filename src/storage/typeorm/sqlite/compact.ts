import { stat } from 'node:fs/promises';
import { StorageError } from '../../../errors/index.js';
import { quoted } from '../../../errors/text.js';
import { resolveDatabaseFile } from './database-file.js';
import { OwnerFile } from './owner-file.js';
import { checkSqliteVersion } from './pragmas.js';
import { loadAnySqlite, SqliteHandle } from './sqlite-driver.js';
import { sqliteError } from './sqlite-errors.js';

/** Bytes of the file before and after. */
export interface Compacted {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/**
 * Writes the file of a task hub anew, without the pages that nothing uses, and so that later ones are given back while a host runs.
 * @throws StorageError if a host has the file (`DE_STORAGE_OWNED`), or if there is no room for the copy
 */
export async function compactSqlite(database: string, busyTimeoutMs = 10_000): Promise<Compacted> {
  const sqlite = await loadAnySqlite();
  const file = await resolveDatabaseFile(database);
  // Before anything is made beside it.
  const bytesBefore = (await stat(file).catch((error: unknown) => Promise.reject(sqliteError('compacting', error))))
    .size;
  const owner = new OwnerFile(sqlite, file);
  if (!(await owner.take()))
    throw new StorageError(
      `${quoted(file)} is in use: ${quoted(owner.file)} is locked.`,
      'Stop the hosts that use the file, and compact it then.',
      undefined,
      'DE_STORAGE_OWNED',
    );
  let handle: SqliteHandle | undefined;
  try {
    handle = await SqliteHandle.open(sqlite, file, sqlite.OPEN_READWRITE);
    handle.setBusyTimeout(busyTimeoutMs);
    await checkSqliteVersion(handle);
    await handle.all('PRAGMA auto_vacuum = INCREMENTAL');
    await handle.all('VACUUM');
    // The copy is in the log until then.
    await handle.all('PRAGMA wal_checkpoint(TRUNCATE)');
    await handle.close();
    handle = undefined;
    return { bytesBefore, bytesAfter: (await stat(file)).size };
  } catch (error) {
    throw sqliteError(`compacting ${quoted(file)}`, error);
  } finally {
    await handle?.close();
    await owner.release();
  }
}
