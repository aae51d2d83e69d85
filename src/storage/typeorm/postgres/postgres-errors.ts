/*
 * The meaning of errors of PostgreSQL and of its driver. The tests of this file are on a real server (test/storage/postgres-errors.spec.ts).
 */
import { DurableError, LeaseLostError, StorageError, UnknownOutcomeError } from '../../../errors/index.js';
import { StoreBrokenError, StoreBusyError, StoreRefusedError } from '../../../engines/sql/ports/store-errors.js';
import type { CommitBatch } from '../../../engines/sql/ports/store.js';
import { NotConnectedError } from './postgres-link.js';

const fenceCode = 'DE001';
const refusalCode = 'DE002';

/** The reason that the commit function gave: see `commit-function.ts`. */
export function raisedReason(error: unknown): string | undefined {
  return codeOf(error) === refusalCode ? /^de:([a-z]+)/.exec(message(error))?.[1] : undefined;
}

type Kind = 'fence' | 'busy' | 'refused' | 'broken' | 'unknown';

/** Codes that do not follow from their class: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const kinds: Record<string, Kind> = {
  [fenceCode]: 'fence',
  [refusalCode]: 'refused',
  // serialization_failure, deadlock_detected, lock_not_available, query_canceled (by a timeout): the server has rolled back.
  '40001': 'busy',
  '40P01': 'busy',
  '55P03': 'busy',
  '57014': 'busy',
  // read_only_sql_transaction: the server is a standby now, or its settings make it read-only.
  '25006': 'busy',
  // idle_in_transaction_session_timeout: the transaction stood still for too long.
  '25P03': 'busy',
  // admin_shutdown, crash_shutdown, cannot_connect_now.
  '57P01': 'busy',
  '57P02': 'busy',
  '57P03': 'busy',
  // io_error, data_corrupted, index_corrupted.
  '58030': 'broken',
  XX001: 'broken',
  XX002: 'broken',
};

/** By the first two characters: resources (disk full, memory, connections); values, constraints, names and rights, triggers of others. */
const classes: Record<string, Kind> = {
  '53': 'busy',
  '22': 'refused',
  '23': 'refused',
  '42': 'refused',
  P0: 'refused',
};

function kindOf(error: unknown): Kind {
  if (error instanceof NotConnectedError) return 'busy';
  const code = codeOf(error);
  if (code === undefined) return 'unknown';
  return kinds[code] ?? classes[code.slice(0, 2)] ?? 'unknown';
}

/**
 * Translates the error of a commit. The server rolls back a statement that fails, so an error that it reports means that nothing was applied.
 * If the connection was lost after the statement was sent, the outcome is unknown.
 */
export function commitError(batch: CommitBatch, error: unknown, missing?: string): DurableError {
  if (error instanceof DurableError) return error;
  switch (kindOf(error)) {
    case 'fence':
      return new LeaseLostError(batch.incarnation, batch.seq, error);
    case 'busy':
      return new StoreBusyError(`The database did not take the commit: ${message(error)}.`, error);
    case 'refused':
      return new StoreRefusedError(`The batch was refused: ${missing ?? message(error)}.`, error);
    case 'broken':
      return new StoreBrokenError(`The disk of the server failed under commit ${batch.seq}: ${message(error)}.`, error);
    case 'unknown':
      return new UnknownOutcomeError(`commit ${batch.seq} of worker incarnation ${batch.incarnation}`, error);
  }
}

/** Translates an error, if the caller need not know whether the statement was applied. */
export function postgresError(doing: string, error: unknown): DurableError {
  if (error instanceof DurableError) return error;
  const code = codeOf(error) ?? codeOf((error as Error | undefined)?.cause);
  const hint = code === undefined ? undefined : (hints[code] ?? hints[code.slice(0, 2)]);
  const isLost = code === undefined || isConnectionCode(code);
  if (hint === undefined && (isLost || kindOf(error) === 'busy'))
    return new StoreBusyError(`The database cannot be used while ${doing}: ${message(error)}.`, error, lostHint);
  return new StorageError(`The database failed while ${doing}: ${message(error)}.`, hint, error);
}

/** Whether a read may be sent again on another connection. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof DurableError) return false;
  const code = codeOf(error);
  return code === undefined || isConnectionCode(code);
}

/** Codes of the operating system (ECONNRESET), of connections (08), and of a server that stops or starts. */
function isConnectionCode(code: string): boolean {
  return (
    code.length !== 5 || code.startsWith('08') || code.startsWith('57P') || code === '25P03' || /^E[A-Z]{4}$/.test(code)
  );
}

const lostHint = 'The database is tried again. See the log of the server, and check that the server can be reached.';

/** Errors that do not pass by themselves. */
const hints: Record<string, string> = {
  '28': 'Check the user, the password, and pg_hba.conf of the server.',
  '3D000': 'Create the database, or give the name of an existing one.',
  '42501': 'Grant the right to this user, or use another user.',
  '42P01': 'A table is missing. Check the option `schema`, or restore a backup.',
  '42883': 'A function of this library is missing in the schema. Restore it from a backup.',
};

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

function message(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // An AggregateError of a host with several addresses has no message.
  const first = (error as { errors?: readonly unknown[] } | null)?.errors?.[0] ?? (error as Error | null)?.cause;
  return text === '' && first !== undefined ? message(first) : text.replace(/\.$/, '');
}
