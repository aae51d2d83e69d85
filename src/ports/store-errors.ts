import { StorageError } from '../errors/index.js';

/** The database refused a commit for a transient reason (busy, deadlock): nothing was applied, the same bytes may be sent again. */
export class StoreBusyError extends StorageError {
  constructor(problem: string, cause?: unknown) {
    super(problem, 'The commit is tried again.', cause, 'DE_STORAGE_BUSY');
  }
}

/** The database refused a commit for good: nothing was applied, and the same bytes would be refused again. */
export class StoreRefusedError extends StorageError {
  constructor(problem: string, cause?: unknown) {
    super(problem, 'See `cause` for what the database said.', cause, 'DE_STORAGE_REFUSED');
  }
}
