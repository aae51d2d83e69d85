import { statSync } from 'node:fs';
import { quoted } from '../../../errors/text.js';
import { StoreBrokenError } from '../../../engines/sql/ports/store-errors.js';

const everyMs = 1_000;

interface HeldFile {
  readonly path: string;
  readonly identity: string | undefined;
}

/**
 * Detects that a file of the open database was deleted, moved or replaced.
 *
 * SQLite continues to use such a file without an error: every commit succeeds, but no other process will ever find it. So a commit counts
 * only if the paths of the database and its log still name the opened files after the commit. The file of the shared memory is checked once
 * a second: if it was replaced, other processes no longer see the locks of this process.
 */
export class HeldFiles {
  readonly #stored: readonly HeldFile[];
  readonly #shared: readonly HeldFile[];
  #sharedSeenMs = Number.NEGATIVE_INFINITY;

  /** Create this object after the database is open in WAL mode, because then all of its files exist. */
  constructor(
    private readonly database: string,
    private readonly nowMs: () => number,
  ) {
    this.#stored = [database, `${database}-wal`].map(held);
    this.#shared = [held(`${database}-shm`)];
  }

  /** Checks the files synchronously, which takes microseconds on a local file system. @throws StoreBrokenError */
  check(): void {
    for (const file of this.#stored) this.#checkOne(file);
    const nowMs = this.nowMs();
    if (Math.abs(nowMs - this.#sharedSeenMs) < everyMs) return;
    this.#sharedSeenMs = nowMs;
    for (const file of this.#shared) this.#checkOne(file);
  }

  #checkOne({ path, identity }: HeldFile): void {
    const now = identityOf(path);
    if (now === identity) return;
    throw new StoreBrokenError(
      `${quoted(path)} was ${now === undefined ? 'deleted or moved' : 'replaced'} while the database ${quoted(this.database)} was open.`,
      undefined,
      'Never move or delete files of a database that a process has open. The original files hold all acknowledged work: put all of them back, and start a new process.',
    );
  }
}

function held(path: string): HeldFile {
  return { path, identity: identityOf(path) };
}

/** Device and inode of a file. `undefined` if there is no such file. */
function identityOf(path: string): string | undefined {
  const known = statSync(path, { bigint: true, throwIfNoEntry: false });
  return known === undefined ? undefined : `${known.dev}/${known.ino}`;
}
