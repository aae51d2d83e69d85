/*
 * The meaning of errors of MySQL, of MariaDB and of their driver. The tests of this file are on a real server
 * (test/storage/mysql-errors.server.spec.ts).
 */
import { DurableError } from '../../../errors/index.js';
import type { CommitBatch } from '../../../engines/sql/ports/store.js';
import { commitErrorOf, messageOf, storageErrorOf, type ErrorKind } from '../server/server-errors.js';
import { NotConnectedError } from '../server/server-link.js';

/** The SQLSTATE of a reason that a procedure raises. */
const raisedState = '45000';

/** The reason that a procedure gave: see `raise` in `procedure.ts`. */
export function raisedReason(error: unknown): string | undefined {
  if ((error as { sqlState?: unknown } | null)?.sqlState !== raisedState) return undefined;
  return /^de:([a-z]+)/.exec(messageOf(error))?.[1];
}

/** By number: https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html, https://mariadb.com/kb/en/mariadb-error-codes/ */
const kinds: Readonly<Record<number, ErrorKind>> = {
  // ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK, ER_CHECKREAD: the procedure has rolled back.
  1205: 'busy',
  1213: 'busy',
  1020: 'busy',
  // ER_OPTION_PREVENTS_STATEMENT, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_READ_ONLY_MODE: the server is read-only now.
  1290: 'busy',
  1792: 'busy',
  1836: 'busy',
  // ER_DISK_FULL, ER_RECORD_FILE_FULL.
  1021: 'busy',
  1114: 'busy',
  // ER_OUTOFMEMORY, ER_OUT_OF_SORTMEMORY, ER_CON_COUNT_ERROR, ER_OUT_OF_RESOURCES, ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED.
  1037: 'busy',
  1038: 'busy',
  1040: 'busy',
  1041: 'busy',
  1203: 'busy',
  1226: 'busy',
  // ER_ERROR_ON_READ, ER_ERROR_ON_WRITE, ER_NOT_KEYFILE, ER_CRASHED_ON_USAGE.
  1024: 'broken',
  1026: 'broken',
  1034: 'broken',
  1194: 'broken',
  // ER_QUERY_INTERRUPTED, ER_STATEMENT_TIMEOUT of MariaDB, ER_QUERY_TIMEOUT, ER_SERVER_SHUTDOWN, ER_NEW_ABORTING_CONNECTION,
  // ER_CONNECTION_KILLED of MariaDB: the server may have ended the procedure after its COMMIT.
  1317: 'unknown',
  1969: 'unknown',
  3024: 'unknown',
  1053: 'unknown',
  1184: 'unknown',
  1927: 'unknown',
};

function kindOf(error: unknown): ErrorKind {
  if (error instanceof NotConnectedError) return 'busy';
  const reason = raisedReason(error);
  if (reason !== undefined) return reason === 'fence' ? 'fence' : 'refused';
  const number = numberOf(error);
  if (number === undefined) return 'unknown';
  const known = kinds[number];
  if (known !== undefined) return known;
  // Classes of SQLSTATE: values, constraints, names and rights, and what triggers of others raise.
  return /^(2[123]|42|45|HY)/.test(String((error as { sqlState?: unknown }).sqlState)) ? 'refused' : 'unknown';
}

/**
 * Translates the error of a commit. A procedure that fails rolls back, so most errors that the server reports mean that nothing was applied.
 * If the connection was lost after the call was sent, or the server ended the call, the outcome is unknown.
 */
export function commitError(batch: CommitBatch, error: unknown, missing?: string): DurableError {
  return commitErrorOf(batch, error, kindOf(error), missing);
}

/** Translates an error, if the caller need not know whether the statement was applied. */
export function mysqlError(doing: string, error: unknown): DurableError {
  const number = numberOf(error) ?? numberOf((error as Error | undefined)?.cause);
  const hint = number === undefined ? undefined : hints[number];
  const kind = kindOf(error);
  return storageErrorOf(doing, error, { hint, passes: number === undefined || kind === 'busy' || kind === 'unknown' });
}

/** Whether the server has ended a statement, because it reached its time limit. */
export function isLate(error: unknown): boolean {
  const number = numberOf(error);
  return number === 1969 || number === 3024;
}

/** Whether a read may be sent again on another connection. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof DurableError || error instanceof NotConnectedError) return false;
  const number = numberOf(error);
  return number === undefined || ended.has(number);
}

/** The server has ended the connection. */
const ended = new Set([1053, 1184, 1927, 4031]);

/** Errors that do not pass by themselves. */
const hints: Readonly<Record<number, string>> = {
  1044: 'Grant the rights on the database to this user, or use another user.',
  1045: 'Check the user and the password.',
  1049: 'Create the database, or give the name of an existing one.',
  1142: 'Grant the right on the table to this user, or use another user.',
  1146: 'A table is missing. Check the option `database`, or restore a backup.',
  1305: 'A procedure of this library is missing in the database. Restore it from a backup.',
  1370: 'Grant the right EXECUTE on the procedure to this user, or use another user.',
  1665: 'Set binlog_format to ROW on the server.',
};

/** Whether this user may not create tables or procedures. */
export function lacksRight(error: unknown): boolean {
  const number = numberOf(error) ?? numberOf((error as { driverError?: unknown } | null)?.driverError);
  return number === 1044 || number === 1142 || number === 1227 || number === 1370 || number === 1419;
}

/** The number of an error that the server has reported. */
function numberOf(error: unknown): number | undefined {
  const { errno, sqlState } = (error ?? {}) as { errno?: unknown; sqlState?: unknown };
  return typeof errno === 'number' && errno > 0 && typeof sqlState === 'string' ? errno : undefined;
}
