import { statSync } from 'node:fs';
import { quoted } from '../../../errors/text.js';
import { StoreBrokenError } from '../../../engines/sql/ports/store-errors.js';

const everyMs = 1_000;

interface HeldFile {
  readonly path: string;
  readonly identity: string | undefined;
}

/**
 * The files of an open database, by identity.
 *
 * SQLite goes on with a file that was deleted, moved or replaced, and says nothing: every commit succeeds, and no other process will
 * ever find it. So a commit counts only when, after it, the paths still name the files that were opened: the database and its
 * log, in which the commit is. Of the shared memory this is looked at now and then: who opens the database would get another
 * one, and no longer see the locks of this process.
 */
export class HeldFiles {
  readonly #stored: readonly HeldFile[];
  readonly #shared: readonly HeldFile[];
  #sharedSeenMs = Number.NEGATIVE_INFINITY;

  /** To be made when the database is open, in WAL mode: then all of its files are there. */
  constructor(
    private readonly database: string,
    private readonly nowMs: () => number,
  ) {
    this.#stored = [database, `${database}-wal`].map(held);
    this.#shared = [held(`${database}-shm`)];
  }

  /** Microseconds; it blocks, as a question to a local file system may. @throws StoreBrokenError */
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
      'Never touch the files of a database that a process has open. What was acknowledged is in the files that were there before: put them back, all of them, and start a new process.',
    );
  }
}

function held(path: string): HeldFile {
  return { path, identity: identityOf(path) };
}

/** `undefined`: there is no such file. */
function identityOf(path: string): string | undefined {
  const known = statSync(path, { bigint: true, throwIfNoEntry: false });
  return known === undefined ? undefined : `${known.dev}/${known.ino}`;
}
