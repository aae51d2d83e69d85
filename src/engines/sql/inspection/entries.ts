/** Makes what an inspector shows of rows: entities, orchestration instances, messages and dead letters. */
import type {
  DeadLetterEntry,
  EntityEntry,
  LockHold,
  RunEntry,
  ShownValue,
  WaitingMessage,
} from '../../../hub/inspected.js';
import { shownValue } from '../../../inspect/values.js';
import type { RuntimeStatus } from '../../../model/runtime-status.js';
import { readMeta, type EntityMeta } from '../model/entity-meta.js';
import { isMessageFor, type LockOwner, type MessageBody, type ReplyTo, type StoredBody } from '../model/messages.js';
import type { RunRecord } from '../model/run-record.js';
import { readDeadLetter, readRunRecord } from '../model/stored.js';
import type { InspectedLetter, InspectedMessage, InspectedRow } from '../ports/store.js';

export function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function lockHold(lock: NonNullable<EntityMeta['lock']>): LockHold {
  const { instance, execution, section, at } = lock;
  return { instance, execution, section, sinceMs: at };
}

/** @param backlog how many messages wait. `undefined` if they were not counted */
export function entityEntry(
  row: InspectedRow,
  hubTimeMs: number,
  valueMax: number,
  backlog: number | undefined,
): EntityEntry {
  let meta: EntityMeta = {};
  let problem: string | undefined;
  try {
    meta = readMeta(row.meta);
  } catch (error) {
    problem = problemOf(error);
  }
  const { lock, expires } = meta;
  const exists = row.state !== null && (expires === undefined || expires > hubTimeMs);
  const { id, name, key, partition, version, createdAtMs, updatedAtMs } = row;
  const state = exists ? shownValue(row.state, valueMax, row.stateLength ?? 0) : undefined;
  return {
    id,
    name,
    key,
    partition,
    exists,
    version,
    state,
    lock: lock && lockHold(lock),
    backlog,
    expiresAtMs: expires,
    createdAtMs,
    updatedAtMs,
    problem,
  };
}

/** Why a record was not read: it is longer than a list reads. */
const tooLong = 'The record is too long for a list. Ask for this instance alone.';

/** @param input the input, if the record does not hold it, or why it cannot be read */
export function runEntry(row: InspectedRow, valueMax: number, input?: string | Error): RunEntry {
  let record: RunRecord | undefined;
  let problem: string | undefined;
  if ((row.stateLength ?? 0) > (row.state?.length ?? 0)) problem = tooLong;
  else {
    try {
      record = readRunRecord(row.id, row.state);
      if (input instanceof Error) problem = input.message;
    } catch (error) {
      problem = problemOf(error);
    }
  }
  const value = (text: string | undefined): ShownValue | undefined => shownValue(text, valueMax);
  const { id, partition, createdAtMs, updatedAtMs } = row;
  return {
    id,
    name: record?.name ?? row.name,
    version: record?.version ?? 1,
    status: record?.status ?? (row.status as RuntimeStatus),
    partition,
    execution: record === undefined || record.execution === '' ? undefined : record.execution,
    input: value(record?.input ?? (typeof input === 'string' ? input : undefined)),
    output: value(record?.output),
    error: value(record?.error),
    customStatus: value(record?.customStatus),
    reason: record?.reason,
    awaitedEvents: record?.awaited ?? [],
    unreadEvents: record?.unread?.names ?? [],
    unreadEventCount: record?.unread?.count ?? 0,
    missingCode: [...new Set(Object.values(record?.missing ?? {}))],
    parent: record?.parent?.instance,
    tags: Object.entries(record?.tags ?? {}),
    startsAtMs: record?.startsAtMs,
    createdAtMs,
    updatedAtMs,
    endedAtMs: row.endedAtMs ?? undefined,
    historyBytes: record?.historyBytes ?? 0,
    problem,
  };
}

/** The body of a row, or why it cannot be read. */
export function readBody(row: InspectedMessage): StoredBody | string {
  if (row.bodyLength > row.body.length) return 'The message is too long to be shown.';
  try {
    const body = JSON.parse(row.body) as unknown;
    return isMessageFor(row.target, body) ? body : 'The kind of the message is not known.';
  } catch (error) {
    return problemOf(error);
  }
}

/** @param lock the lock of the target, if it is held */
export function waitingMessage(row: InspectedMessage, lock: LockOwner | undefined, valueMax: number): WaitingMessage {
  const body = readBody(row);
  const problem = typeof body === 'string' ? body : undefined;
  const read: MessageBody = typeof body === 'string' ? { kind: 'none' } : body;
  const owner = 'owner' in read ? read.owner : undefined;
  const reply = replyOf(read);
  const isBehind =
    lock !== undefined &&
    row.dueMs === null &&
    !(owner?.instance === lock.instance && owner.execution === lock.execution && owner.section === lock.section);
  return {
    id: row.id,
    kind: problem === undefined ? read.kind : kindIn(row.body),
    name: nameOf(read),
    value: shownValue(valueOf(read), valueMax),
    from: fromOf(reply, owner),
    called: reply !== undefined,
    behindLock: isBehind,
    dueMs: row.dueMs ?? undefined,
    signalName: 'operation' in read && 'name' in read ? read.name : undefined,
    everyMs: read.kind === 'operation' ? read.periodic?.everyMs : read.kind === 'schedule' ? read.everyMs : undefined,
    attempts: row.attempts,
    sinceMs: read.kind === 'lock' ? read.at : undefined,
    problem,
  };
}

function replyOf(body: MessageBody): ReplyTo | undefined {
  if (body.kind === 'start') return body.parent;
  return 'reply' in body ? body.reply : undefined;
}

function fromOf(reply: ReplyTo | undefined, owner: LockOwner | undefined): WaitingMessage['from'] {
  if (reply?.to === 'run') return { instance: reply.instance, task: reply.task };
  return owner === undefined ? undefined : { instance: owner.instance, task: owner.section };
}

function nameOf(body: MessageBody): string | undefined {
  if ('operation' in body) return body.operation;
  return 'name' in body ? body.name : undefined;
}

function valueOf(body: MessageBody): string | undefined {
  if ('input' in body) return body.input;
  if ('value' in body) return body.value;
  return body.kind === 'answer' ? (body.answer.ok ? body.answer.value : body.answer.error) : undefined;
}

/** The kind of a message that cannot be read as a whole. */
function kindIn(body: string): string {
  return /^\{"kind":"([A-Za-z]{1,20})"/.exec(body)?.[1] ?? 'unknown';
}

export function deadLetterEntry(letter: InspectedLetter, valueMax: number): DeadLetterEntry {
  const { id, target, attempts, reason, atMs } = letter;
  let operation: string | undefined;
  let input: ShownValue | undefined;
  try {
    const message = readDeadLetter(id, letter.body);
    operation = message.operation;
    input = shownValue(message.input, valueMax);
  } catch {
    // It is shown without its message.
  }
  return { id, target, operation, input, attempts, reason, atMs };
}
