/*
 * The meaning of errors of PostgreSQL and of its driver. The tests of this file are on a real server (test/storage/postgres-errors.server.spec.ts).
 */
import { DurableError } from '../../../errors/index.js';
import type { CommitBatch } from '../../../engines/sql/ports/store.js';
import { codeOf, commitErrorOf, messageOf, storageErrorOf, type ErrorKind } from '../server/server-errors.js';
import { NotConnectedError } from '../server/server-link.js';

const fenceCode = 'DE001';
const refusalCode = 'DE002';

/** The reason that the commit function gave: see `commit-function.ts`. */
export function raisedReason(error: unknown): string | undefined {
  return codeOf(error) === refusalCode ? /^de:([a-z]+)/.exec(messageOf(error))?.[1] : undefined;
}

/** Codes that do not follow from their class: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const kinds: Record<string, ErrorKind> = {
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
const classes: Record<string, ErrorKind> = {
  '53': 'busy',
  '22': 'refused',
  '23': 'refused',
  '42': 'refused',
  P0: 'refused',
};

function kindOf(error: unknown): ErrorKind {
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
  return commitErrorOf(batch, error, kindOf(error), missing);
}

/** Translates an error, if the caller need not know whether the statement was applied. */
export function postgresError(doing: string, error: unknown): DurableError {
  const code = codeOf(error) ?? codeOf((error as Error | undefined)?.cause);
  const hint = code === undefined ? undefined : (hints[code] ?? hints[code.slice(0, 2)]);
  const isLost = code === undefined || isConnectionCode(code);
  return storageErrorOf(doing, error, { hint, passes: isLost || kindOf(error) === 'busy' });
}

/** Whether the server has ended a statement, because it reached its time limit. */
export function isCancelled(error: unknown): boolean {
  return codeOf(error) === '57014';
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

/** Errors that do not pass by themselves. */
const hints: Record<string, string> = {
  '28': 'Check the user, the password, and pg_hba.conf of the server.',
  '3D000': 'Create the database, or give the name of an existing one.',
  '42501': 'Grant the right to this user, or use another user.',
  '42P01': 'A table is missing. Check the option `schema`, or restore a backup.',
  '42883': 'A function of this library is missing in the schema. Restore it from a backup.',
};
