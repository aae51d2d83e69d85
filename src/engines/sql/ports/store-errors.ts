import { StorageError } from '../../../errors/index.js';

/** The database refused a commit for a transient reason (busy, deadlock): nothing was applied, the same bytes may be sent again. */
export class StoreBusyError extends StorageError {
  constructor(problem: string, cause?: unknown, hint = 'The commit is tried again.') {
    super(problem, hint, cause, 'DE_STORAGE_BUSY');
  }
}

/** The database refused a commit for good: nothing was applied, and the same bytes would be refused again. */
export class StoreRefusedError extends StorageError {
  constructor(problem: string, cause?: unknown) {
    super(problem, 'See `cause` for what the database said.', cause, 'DE_STORAGE_REFUSED');
  }
}

/**
 * The disk reported an error while something was written or synced, or the database's files are no longer where they were. Whether
 * it was applied is unknown, and later writes can succeed without what was lost: this process must not go on with the database.
 */
export class StoreBrokenError extends StorageError {
  constructor(
    problem: string,
    cause?: unknown,
    hint = 'Look into the log of the operating system; start a new process when the disk is sound: it reads what was really stored.',
  ) {
    super(problem, hint, cause, 'DE_STORAGE_BROKEN');
  }
}
