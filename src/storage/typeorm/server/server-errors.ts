/** The meaning of an error of a database server, as the dialect has classified it. */
import { DurableError, LeaseLostError, StorageError, UnknownOutcomeError } from '../../../errors/index.js';
import { StoreBrokenError, StoreBusyError, StoreRefusedError } from '../../../engines/sql/ports/store-errors.js';
import type { CommitBatch } from '../../../engines/sql/ports/store.js';

/**
 * `fence`: the row of the worker is dead or has moved. `busy`: nothing was applied, and the same batch may be sent again. `refused`: nothing
 * was applied, and the same batch would fail again. `broken`: the disk of the server failed. `unknown`: the batch may have been applied.
 */
export type ErrorKind = 'fence' | 'busy' | 'refused' | 'broken' | 'unknown';

/** @param reason the rows because of which the batch was refused */
export function commitErrorOf(batch: CommitBatch, error: unknown, kind: ErrorKind, reason?: string): DurableError {
  if (error instanceof DurableError) return error;
  switch (kind) {
    case 'fence':
      return new LeaseLostError(batch.incarnation, batch.seq, error);
    case 'busy':
      return new StoreBusyError(`The database did not take the commit: ${messageOf(error)}.`, error);
    case 'refused':
      return new StoreRefusedError(`The batch was refused: ${reason ?? messageOf(error)}.`, error);
    case 'broken':
      return new StoreBrokenError(
        `The disk of the server failed under commit ${batch.seq}: ${messageOf(error)}.`,
        error,
      );
    case 'unknown':
      return new UnknownOutcomeError(`commit ${batch.seq} of worker incarnation ${batch.incarnation}`, error);
  }
}

const lostHint = 'The database is tried again. See the log of the server, and check that the server can be reached.';

/**
 * Translates an error, if the caller need not know whether the statement was applied.
 * @param meaning.hint what to do about an error that does not pass by itself
 * @param meaning.passes whether the error passes by itself
 */
export function storageErrorOf(
  doing: string,
  error: unknown,
  { hint, passes }: { readonly hint: string | undefined; readonly passes: boolean },
): DurableError {
  if (error instanceof DurableError) return error;
  if (hint === undefined && passes)
    return new StoreBusyError(`The database cannot be used while ${doing}: ${messageOf(error)}.`, error, lostHint);
  return new StorageError(`The database failed while ${doing}: ${messageOf(error)}.`, hint, error);
}

/** The code of an error of a driver. `undefined` if it has no code. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // An AggregateError of a host with several addresses has no message.
  const first = (error as { errors?: readonly unknown[] } | null)?.errors?.[0] ?? (error as Error | null)?.cause;
  return text === '' && first !== undefined ? messageOf(first) : text.replace(/\.$/, '');
}

/** The error of the store, if a connection could not be prepared because of one. */
export function unwrapped(error: unknown): unknown {
  const cause = (error as Error | undefined)?.cause;
  return cause instanceof StorageError ? cause : error;
}
