import { quoted } from '../../../errors/text.js';
import { Serial } from '../serial.js';
import { sqliteError } from './sqlite-errors.js';
import { SqliteHandle, type SqliteModule } from './sqlite-driver.js';

/**
 * The exclusive hold of a database file: an open exclusive transaction on a small database beside it.
 *
 * The operating system ends it with the process, however that dies; so the next process need not wait for a lease. It is a
 * file of its own because the database itself must stay open for readers, for clients of other processes and for the application's
 * own transactions. POSIX drops a lock when *any* descriptor of the file is closed in the process: nothing else may open this
 * file. Local file systems only. Safety never rests on it: the fence decides.
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

  /** False: another one has it. */
  take(): Promise<boolean> {
    return this.#turns.run(async () => {
      if (this.#held) return true;
      try {
        this.#handle ??= await this.#open();
        await this.#handle.all('BEGIN EXCLUSIVE');
        this.#held = true;
      } catch (error) {
        if (!isBusy(error)) throw sqliteError(`taking hold of ${quoted(this.file)}`, error);
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

  /** Idempotent. */
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
