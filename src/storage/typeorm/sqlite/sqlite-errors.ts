import { DurableError, LeaseLostError, StorageError, UnknownOutcomeError } from '../../../errors/index.js';
import { StoreBrokenError, StoreBusyError, StoreRefusedError } from '../../../engines/sql/ports/store-errors.js';
import type { CommitBatch } from '../../../engines/sql/ports/store.js';

/** Primary result codes of SQLite, https://sqlite.org/rescode.html. */
const code = {
  error: 1,
  perm: 3,
  busy: 5,
  locked: 6,
  readonly: 8,
  ioerr: 10,
  corrupt: 11,
  full: 13,
  cantopen: 14,
  toobig: 18,
  constraint: 19,
  mismatch: 20,
  auth: 23,
  range: 25,
  notadb: 26,
} as const;

/** The messages with which the trigger refuses a batch: see `commit-trigger.ts`. */
const raised = /\bde:([a-z]+)/;

export function raisedReason(error: unknown): string | undefined {
  return error instanceof Error && primaryCode(error) === code.constraint ? raised.exec(error.message)?.[1] : undefined;
}

/** Translates the error of a commit. A refused batch was rolled back by SQLite. The outcome of an error that is not listed is unknown. */
export function commitError(batch: CommitBatch, error: unknown, missing?: string): DurableError {
  if (error instanceof DurableError) return error;
  const reason = raisedReason(error);
  if (reason === 'fence') return new LeaseLostError(batch.incarnation, batch.seq, error);
  switch (primaryCode(error)) {
    case code.busy:
    case code.locked:
      return new StoreBusyError('The database is busy: another connection holds the write lock.', error);
    case code.constraint:
    case code.error:
    case code.toobig:
    case code.mismatch:
    case code.range:
      return new StoreRefusedError(`The batch was refused: ${missing ?? message(error)}.`, error);
    case code.full:
    case code.readonly:
    case code.perm:
    case code.cantopen:
    case code.auth:
    case code.corrupt:
    case code.notadb:
      return sqliteError('committing', error);
    case code.ioerr:
      return new StoreBrokenError(`The disk failed under commit ${batch.seq}: ${message(error)}.`, error);
    default:
      return new UnknownOutcomeError(`commit ${batch.seq} of worker incarnation ${batch.incarnation}`, error);
  }
}

/** Translates the error of a transaction that may have written. */
export function transactionError(doing: string, error: unknown): DurableError {
  if (error instanceof DurableError || primaryCode(error) !== code.ioerr) return sqliteError(doing, error);
  return new StoreBrokenError(`The disk failed while ${doing}: ${message(error)}.`, error);
}

/** Translates an error, if the caller need not know whether the statement was applied. */
export function sqliteError(doing: string, error: unknown): DurableError {
  if (error instanceof DurableError) return error;
  const primary = primaryCode(error);
  if (primary === code.busy || primary === code.locked)
    return new StoreBusyError(
      `The database is busy while ${doing}: another connection holds its lock.`,
      error,
      busyHint,
    );
  return new StorageError(`The database failed while ${doing}: ${message(error)}.`, hints[primary], error);
}

const busyHint =
  'A transaction of the application or another tool holds the write lock: end it. A start waits for it as long as `startTimeout` says.';

const hints: Record<number, string | undefined> = {
  [code.full]: 'The disk is full: free some space. No acknowledged work is lost.',
  [code.readonly]: 'Let this process write to the file, to its folder, and to the files beside it ("-wal", "-shm").',
  [code.perm]: 'Let this process read and write the file and its folder.',
  [code.cantopen]: 'The path must name a file in an existing folder that this process may write to.',
  [code.ioerr]: 'The disk or the file system reported an error. See the log of the operating system.',
  [code.corrupt]: 'The file is damaged. Keep a copy, run `PRAGMA integrity_check` for details, and restore a backup.',
  [code.notadb]:
    'The file is not a SQLite database, or is encrypted. Nothing was written to it. Give the path of another file.',
};

/** The primary result code of an error. TypeORM wraps errors of the driver. -1 if there is no code. */
function primaryCode(error: unknown): number {
  const { driverError } = error as { driverError?: unknown };
  const { errno } = (driverError ?? error) as { errno?: unknown };
  // The low byte is the primary code. The other bytes of an extended code only add details.
  return typeof errno === 'number' ? errno & 0xff : -1;
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
