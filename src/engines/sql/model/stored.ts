/**
 * Reading of stored data. The data may have been edited, damaged, or written by a newer version of this package. Reading invalid data
 * throws StorageError.
 */
import { StorageError } from '../../../errors/host-errors.js';
import { unreadable } from '../../../model/unreadable.js';
import { quoted } from '../../../errors/text.js';
import { decodeError, encodeError } from '../../../model/error-details.js';
import type { Answer, EntityMessage, PurgeAnswer } from './messages.js';
import type { RunRecord } from './run-record.js';
import { runtimeStatuses, type RuntimeStatus } from '../../../model/runtime-status.js';
import { decodeValue } from '../../../model/values.js';

type Fields = Readonly<Record<string, unknown>>;

/** The object in a JSON text, if `isOne` accepts it. @throws StorageError */
export function parsed<T>(text: unknown, what: string, isOne: (value: Fields) => boolean): T {
  let value: unknown;
  try {
    value = JSON.parse(text as string);
  } catch (error) {
    throw unreadable(what, error);
  }
  if (typeof value === 'object' && value !== null && isOne(value as Fields)) return value as T;
  throw unreadable(what);
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isNamesOrAbsent(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((name) => typeof name === 'string'));
}

function isTagsOrAbsent(value: unknown): boolean {
  if (value === undefined) return true;
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');
}

function isUnreadOrAbsent(value: unknown): boolean {
  if (value === undefined) return true;
  const { names, count } = (value ?? {}) as Fields;
  return Array.isArray(names) && isNamesOrAbsent(names) && Number.isSafeInteger(count);
}

/** Reads the answer to a `PurgeMessage`. @throws StorageError */
export function readPurgeAnswer(text: unknown): PurgeAnswer {
  return parsed(
    text,
    'the answer to a purge',
    ({ purged, left }) => Number.isSafeInteger(purged) && isNamesOrAbsent(left),
  );
}

/** Reads the record of an orchestration instance. @throws StorageError */
export function readRunRecord(instanceId: string, text: unknown): RunRecord {
  return parsed(text, `orchestration ${quoted(instanceId)}`, (record) => {
    const { name, execution, status, chunks } = record;
    const texts = [record['input'], record['output'], record['error'], record['customStatus'], record['reason']];
    return (
      typeof name === 'string' &&
      typeof execution === 'string' &&
      runtimeStatuses.includes(status as RuntimeStatus) &&
      Number.isSafeInteger(chunks) &&
      texts.every(isTextOrAbsent) &&
      (record['inputIn'] === undefined || record['inputIn'] === 'history') &&
      isTagsOrAbsent(record['tags']) &&
      isTagsOrAbsent(record['missing']) &&
      isUnreadOrAbsent(record['unread']) &&
      isNamesOrAbsent(record['awaited'])
    );
  });
}

/** The inbox rows of the ticket of a signal. Empty if they cannot be read. */
export function readTicketRows(text: string | null): readonly number[] {
  if (text === null) return [];
  try {
    return parsed(text, 'a ticket', (rows) => Array.isArray(rows) && rows.every(Number.isSafeInteger));
  } catch {
    return [];
  }
}

/** The stored answer to a request. An answer that cannot be read becomes a failure with a StorageError. */
export function readAnswer(requestId: string, text: string): Answer {
  const what = `the answer to request ${quoted(requestId)}`;
  try {
    const answer = parsed<Answer>(text, what, ({ ok, value, error }) =>
      ok === true ? isTextOrAbsent(value) : ok === false && typeof error === 'string',
    );
    // The client decodes the content: check here that it can.
    if (answer.ok) decodeValue(answer.value);
    else decodeError(answer.error);
    return answer;
  } catch (error) {
    return { ok: false, error: encodeError(error instanceof StorageError ? error : unreadable(what, error)) };
  }
}

/** The message of a dead letter. @throws StorageError */
export function readDeadLetter(id: number, body: string): Extract<EntityMessage, { kind: 'operation' }> {
  return parsed(
    body,
    `dead letter ${id}`,
    ({ kind, operation, input }) => kind === 'operation' && typeof operation === 'string' && isTextOrAbsent(input),
  );
}

/** The names that a task hub knows. @throws StorageError */
export function readNames(text: unknown): readonly string[] {
  return parsed(
    text,
    'the names of the task hub',
    (names) => Array.isArray(names) && names.every((name) => typeof name === 'string'),
  );
}
