import { StorageError } from '../../../errors/index.js';

/**
 * The database refused a commit for a transient reason, such as a lock or a deadlock. Nothing was applied, and the same batch may be sent
 * again.
 */
export class StoreBusyError extends StorageError {
  constructor(problem: string, cause?: unknown, hint = 'The worker tries the commit again.') {
    super(problem, hint, cause, 'DE_STORAGE_BUSY');
  }
}

/** The database refused a commit for good. Nothing was applied, and the same batch would be refused again. */
export class StoreRefusedError extends StorageError {
  constructor(problem: string, cause?: unknown, hint = 'See `cause` for the message of the database.') {
    super(problem, hint, cause, 'DE_STORAGE_REFUSED');
  }
}

/**
 * The disk reported an error during a write or a sync, or the files of the database are no longer where they were. The outcome of the write
 * is unknown, and later writes can succeed without the lost data. So this process must stop to use the database.
 */
export class StoreBrokenError extends StorageError {
  constructor(
    problem: string,
    cause?: unknown,
    hint = 'Read the log of the operating system. Start a new process when the disk works again: the new process reads the data that was really stored.',
  ) {
    super(problem, hint, cause, 'DE_STORAGE_BROKEN');
  }
}

/** A read of an inspector took longer than its time limit, and was interrupted. */
export class ReadTimeoutError extends StorageError {
  constructor(timeoutMs: number, cause?: unknown) {
    super(
      `A read was interrupted after ${timeoutMs} ms.`,
      'Narrow the filter, e.g. by name or by the beginning of the key or id.',
      cause,
      'DE_INSPECTION_TIMEOUT',
    );
  }
}
