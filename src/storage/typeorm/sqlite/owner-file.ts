import { StorageError } from '../../../errors/index.js';
import { quoted } from '../../../errors/text.js';
import { sqliteError } from './sqlite-errors.js';
import { SqliteHandle, type SqliteModule } from './sqlite-driver.js';

/**
 * The exclusive hold of a database file: an open exclusive transaction on a small database beside it.
 *
 * The operating system ends it with the process, however that dies; so the next process need not wait for a lease. It is a
 * file of its own because the database itself must stay open for readers and for the application's own transactions.
 * POSIX drops a lock when *any* descriptor of the file is closed in the process: nothing else may open this file. Local
 * file systems only. Safety never rests on it: the fence decides.
 */
export class OwnerFile {
  private released: Promise<void> | undefined;

  private constructor(private readonly handle: SqliteHandle) {}

  static async take(sqlite: SqliteModule, database: string): Promise<OwnerFile> {
    const file = `${database}-owner`;
    let handle: SqliteHandle | undefined;
    try {
      handle = await SqliteHandle.open(sqlite, file, sqlite.OPEN_READWRITE | sqlite.OPEN_CREATE);
      handle.setBusyTimeout(0);
      await handle.all('BEGIN EXCLUSIVE');
      return new OwnerFile(handle);
    } catch (error) {
      await handle?.close();
      throw isBusy(error) ? owned(database, file, error) : sqliteError(`taking hold of ${quoted(file)}`, error);
    }
  }

  release(): Promise<void> {
    this.released ??= this.handle.close();
    return this.released;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'SQLITE_BUSY' || error.code === 'SQLITE_LOCKED');
}

function owned(database: string, file: string, cause: unknown): StorageError {
  return new StorageError(
    `The database ${quoted(database)} is in use by another host: ${quoted(file)} is locked.`,
    'One process at a time runs a SQLite database. Stop the other host, or give each one its own file.',
    cause,
    'DE_STORAGE_OWNED',
  );
}
