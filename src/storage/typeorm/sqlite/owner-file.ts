import { quoted } from '../../../errors/text.js';
import { Serial } from '../serial.js';
import { sqliteError } from './sqlite-errors.js';
import { SqliteHandle } from './sqlite-driver.js';
import type { SqliteModule } from './sqlite-module.js';

/**
 * The exclusive lock of a database: an open exclusive transaction on a small database file beside it.
 *
 * The operating system releases the lock when the process dies, for any reason. So the next process need not wait for the lease to expire.
 * The lock is a separate file, because readers, clients of other processes and transactions of the application need the database itself.
 * POSIX releases a lock when the process closes *any* descriptor of the file, so no other code may open this file. The lock works on local
 * file systems only. The lock only speeds up failure detection: correctness never depends on it, but on the fence.
 */
export class OwnerFile {
  readonly #turns = new Serial();
  #handle: SqliteHandle | undefined;
  #held = false;

  constructor(
    private readonly sqlite: SqliteModule,
    private readonly database: string,
  ) {}

  get file(): string {
    return `${this.database}-owner`;
  }

  get held(): boolean {
    return this.#held;
  }

  /** Acquires the lock. `false` if another process has it. */
  take(): Promise<boolean> {
    return this.#turns.run(async () => {
      if (this.#held) return true;
      try {
        this.#handle ??= await this.#open();
        await this.#handle.all('BEGIN EXCLUSIVE');
        this.#held = true;
      } catch (error) {
        if (!isBusy(error)) throw sqliteError(`locking ${quoted(this.file)}`, error);
      }
      return this.#held;
    });
  }

  async #open(): Promise<SqliteHandle> {
    const { OPEN_READWRITE, OPEN_CREATE } = this.sqlite;
    const handle = await SqliteHandle.open(this.sqlite, this.file, OPEN_READWRITE | OPEN_CREATE);
    handle.setBusyTimeout(0);
    return handle;
  }

  /** Releases the lock. Idempotent. */
  release(): Promise<void> {
    return this.#turns.run(async () => {
      const handle = this.#handle;
      this.#handle = undefined;
      this.#held = false;
      await handle?.close();
    });
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'SQLITE_BUSY' || error.code === 'SQLITE_LOCKED');
}
