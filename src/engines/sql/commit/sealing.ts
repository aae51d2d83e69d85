/** Turns the open batch into the rows that the store commits, with the work that follows the commit. */
import { extended } from '../../../model/extended.js';
import { byCodeUnit } from '../../../core/critical-section/lock-order.js';
import { partitionOf } from '../core/partition.js';
import type { EntityMeta } from '../model/entity-meta.js';
import { inputHash } from '../../../core/input-hash.js';
import type { RunRecord } from '../model/run-record.js';
import { hasEnded } from '../../../model/runtime-status.js';
import type { ActivityMessage, StoredBody } from '../model/messages.js';
import type { CommitBatch, HistoryChunk, InboxWrite, InstanceWrite, NameChange, ReceiptKey } from '../ports/store.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { BatchCounts } from '../../../hub/operation-counts.js';
import type { LiveEntity, LiveInstance, LiveRun } from '../live/live-instance.js';
import type { Message } from '../live/message.js';
import { OpenBatch } from './open-batch.js';
import { rowsOf, type Submission } from '../inbox/submission.js';
import { historyText } from '../core/history-text.js';

export interface SealedBatch {
  readonly commit: CommitBatch;
  /** Messages whose rows are in the batch. */
  readonly written: readonly Message[];
  readonly activities: readonly Message<ActivityMessage>[];
  readonly spilled: readonly Message[];
  readonly accepted: Submission[];
  readonly afterCommit: readonly (() => void)[];
  readonly counts: BatchCounts | undefined;
  readonly wake: ReadonlySet<LiveEntity>;
  readonly instances: readonly LiveInstance[];
  /** By id: inputs of orchestrations in the batch whose records do not hold them. */
  readonly inputs: ReadonlyMap<string, string>;
  /** The earliest due time among the scheduled rows of the batch. `Infinity` if there is no such row. */
  readonly nextDueMs: number;
  /** Partitions of other workers that get rows. */
  readonly awayPartitions: ReadonlySet<number>;
  /** Processes whose clients get answers. */
  readonly answered: ReadonlySet<string>;
}

export interface SealExtra {
  readonly leave?: boolean;
  /** `[partition, next]`: see `CommitBatch.gives`. */
  readonly gives?: readonly (readonly [partition: number, next: number])[];
  /** Receipts of this process that have been read. */
  readonly receiptsDeleted?: readonly ReceiptKey[];
}

/**
 * Seals the open batch and opens the next one. States and records are encoded here, once per batch and instance. @throws if a value cannot
 * be encoded
 */
export function seal(term: WorkerTerm, extra: SealExtra): SealedBatch {
  const { batch } = term;
  term.batch = new OpenBatch(batch.seq + 1);
  const nowMs = term.nowMs();
  const activeMs = term.activeMs();
  const written: Message[] = [];
  const activities: Message<ActivityMessage>[] = [];
  const inbox: InboxWrite[] = [...batch.scheduled.values()];
  let nextDueMs = Number.POSITIVE_INFINITY;
  for (const { dueMs } of inbox) nextDueMs = Math.min(nextDueMs, dueMs ?? nextDueMs);
  const awayPartitions = new Set<number>();
  for (const message of batch.away) {
    const row = awayWrite(term, message);
    awayPartitions.add(row.partition);
    inbox.push(row);
  }
  for (const message of batch.fresh) {
    if (message.done) continue;
    inbox.push(inboxWrite(term, message));
    written.push(message);
    if (message.body.kind === 'activity') activities.push(message as Message<ActivityMessage>);
  }
  for (const [receipt, submission] of batch.firsts) {
    const rows = rowsOf(submission);
    if (rows.length > 0) receipt.outcome = JSON.stringify(rows);
  }
  const adopted: [number, number][] = [];
  for (const message of batch.adopted) if (!message.done) adopted.push([message.row, message.arrival]);

  const { instances, history, named, inputs } = instanceWrites(term, batch, nowMs, activeMs);
  const { leave, gives = [], receiptsDeleted = [] } = extra;
  if (gives.length > 0) term.lose(new Set(gives.map(([partition]) => partition)));

  return {
    commit: {
      incarnation: term.incarnation,
      seq: batch.seq,
      leaseMs: term.options.leaseMs,
      hubTimeMs: nowMs,
      activeMs,
      consumed: batch.consumed,
      adopted,
      instances,
      history,
      historyDeleted: batch.historyDeleted,
      inbox,
      receipts: [...batch.receipts.values()],
      ...(named.length > 0 ? { named } : {}),
      ...(batch.attempted.size > 0 ? { attempted: [...batch.attempted] } : {}),
      ...(batch.deadLetters.length > 0 ? { deadLetters: batch.deadLetters } : {}),
      ...(batch.deadLettersDeleted.length > 0 ? { deadLettersDeleted: batch.deadLettersDeleted } : {}),
      ...(batch.healthy.length > 0 ? { healthy: batch.healthy } : {}),
      ...batch.retention,
      ...(gives.length > 0 ? { gives } : {}),
      ...(receiptsDeleted.length > 0 ? { receiptsDeleted } : {}),
      ...(leave === true ? { leave } : {}),
    },
    written,
    activities,
    spilled: batch.spilled,
    accepted: batch.accepted,
    afterCommit: batch.afterCommit,
    counts: batch.counts,
    wake: batch.wake,
    instances: [...batch.dirty],
    inputs,
    nextDueMs,
    awayPartitions,
    answered: batch.answered,
  };
}

/** Encodes the instances that the open batch has changed. */
function instanceWrites(term: WorkerTerm, batch: OpenBatch, nowMs: number, activeMs: number) {
  const { inlineInputMax } = term.options;
  const instances: InstanceWrite[] = [];
  const history: HistoryChunk[] = [];
  const named: NameChange[] = [];
  const inputs = new Map<string, string>();
  for (const instance of batch.dirty) {
    instance.dirty = false;
    instance.lastBatch = batch.seq;
    if (instance.kind === 'entity') addNameChanges(instance, named);
    const write =
      instance.kind === 'entity'
        ? entityWrite(instance, nowMs)
        : runWrite(instance, { nowMs, activeMs, inlineInputMax }, { history, inputs });
    if (write === undefined) continue;
    instances.push(write);
    term.live.resize(instance, bytesOf(instance, write));
  }
  if (instances.length > 1) instances.sort((a, b) => byCodeUnit(a.id, b.id));
  return { instances, history, named, inputs };
}

/** The approximate size of what stays in memory of an instance. */
function bytesOf(instance: LiveInstance, write: InstanceWrite): number {
  const input = instance.kind === 'entity' ? undefined : instance.input;
  return (write.op === 'put' ? (write.state?.length ?? 0) : 0) + (input?.length ?? 0);
}

/** The row of a message for the partition of another worker, which reads it like the row of a client. */
function awayWrite(term: WorkerTerm, { body, target, submission, ack: address, row }: Message): InboxWrite {
  const id = row === 0 ? term.ids.newRow() : row;
  if (submission !== undefined) submission.row = id;
  const ack = submission?.when === 'applied' ? { process: term.process, call: submission.call } : address;
  // The receipt of a call is in its reply.
  const isCall = 'reply' in body && body.reply !== undefined;
  const receipt = isCall ? undefined : submission?.receipt;
  const origin = ack === undefined && receipt === undefined ? undefined : { ack, receipt };
  return {
    id,
    partition: partitionOf(target, term.partitionCount),
    target,
    arrival: null,
    dueMs: null,
    body: JSON.stringify(origin === undefined ? body : (extended(body, { origin }) satisfies StoredBody)),
  };
}

function inboxWrite(term: WorkerTerm, message: Message): InboxWrite {
  if (message.row === 0) {
    message.row = term.ids.newRow();
    term.rows.set(message.row, message);
  }
  message.stored = true;
  const { body, target, submission } = message;
  if (submission !== undefined) submission.row = message.row;
  // The worker that applies the message may be another process.
  const ack = submission?.when === 'applied' ? { process: term.process, call: submission.call } : message.ack;
  return {
    id: message.row,
    partition: partitionOf(body.kind === 'activity' ? body.instance : target, term.partitionCount),
    target,
    arrival: message.arrival,
    dueMs: null,
    body: JSON.stringify(ack === undefined ? body : (extended(body, { origin: { ack } }) satisfies StoredBody)),
  };
}

function stateOf({ cell, storedState, suspended }: LiveEntity): string | undefined {
  if (suspended?.before !== undefined) return suspended.before.state;
  return cell === undefined ? storedState : cell.encodeState();
}

/** A name that came and went within the batch is removed where no row has it. */
function addNameChanges(entity: LiveEntity, named: NameChange[]): void {
  for (const [name, row] of entity.named?.takeChanges() ?? []) named.push([entity.id, name, row]);
}

function entityWrite(entity: LiveEntity, nowMs: number): InstanceWrite | undefined {
  const { holder } = entity.mailbox;
  const state = stateOf(entity);
  if (state === undefined && holder === undefined && (entity.named?.size ?? 0) === 0) {
    const { version } = entity;
    entity.version = 0;
    entity.startWritten = false;
    return version === 0 ? undefined : { op: 'delete', id: entity.id, version };
  }
  if (entity.version === 0) entity.createdAtMs = nowMs;
  entity.version++;
  const sameStart = entity.startWritten;
  entity.startWritten = true;
  return {
    op: 'put',
    sameStart,
    sameStatus: sameStart,
    id: entity.id,
    kind: 'entity',
    name: entity.name,
    key: entity.key,
    partition: entity.partition,
    version: entity.version,
    state: state ?? null,
    meta: metaText(holder, state === undefined ? undefined : entity.expiresAtMs),
    status: null,
    createdAtMs: entity.createdAtMs,
    updatedAtMs: nowMs,
    // These columns are empty for entities.
    endedAtMs: null,
    endedActiveMs: null,
    parent: null,
  };
}

function metaText(lock: EntityMeta['lock'], expires: number | undefined): string | null {
  return lock === undefined && expires === undefined ? null : JSON.stringify({ lock, expires } satisfies EntityMeta);
}

interface RunWriteContext {
  readonly nowMs: number;
  readonly activeMs: number;
  readonly inlineInputMax: number;
}

/** Takes a large input out of the record, because the first chunk of the history holds it: each later turn writes the record again. */
function moveInput(run: LiveRun, record: RunRecord, inlineInputMax: number): void {
  const { input } = record;
  if (input === undefined || input.length <= inlineInputMax) return;
  const isTold = run.events.some(
    (each) => each.h === 'fed' && each.event.kind === 'started' && each.event.input === input,
  );
  if (!isTold) return;
  record.startedWith ??= inputHash(input);
  record.inputIn = 'history';
  record.input = undefined;
  run.input = input;
}

function runWrite(
  run: LiveRun,
  { nowMs, activeMs, inlineInputMax }: RunWriteContext,
  { history, inputs }: { readonly history: HistoryChunk[]; readonly inputs: Map<string, string> },
): InstanceWrite | undefined {
  const { record } = run;
  if (record === undefined) {
    const { version } = run;
    run.version = 0;
    run.startWritten = false;
    run.events = [];
    run.tagsWritten = undefined;
    run.input = undefined;
    return version === 0 ? undefined : { op: 'delete', id: run.id, version };
  }
  if (run.events.length > 0) {
    if (record.chunks === 0) moveInput(run, record, inlineInputMax);
    history.push({
      instance: run.id,
      execution: record.execution,
      chunk: record.chunks++,
      events: historyText(run.events),
    });
    run.events = [];
  }
  if (run.input !== undefined) inputs.set(run.id, run.input);
  if (hasEnded(record.status)) run.input = undefined;
  run.version++;
  // An orchestration that was rewound or started again has no end any more.
  if (!hasEnded(record.status)) run.end = undefined;
  else if (run.end?.execution !== record.execution) run.end = { execution: record.execution, atMs: nowMs, activeMs };
  const { tags } = record;
  const sameStart = run.startWritten;
  const sameStatus = sameStart && run.end === undefined && run.statusWritten === record.status;
  run.startWritten = true;
  run.statusWritten = record.status;
  const write: InstanceWrite = {
    op: 'put',
    sameStart,
    sameStatus,
    id: run.id,
    kind: 'orchestration',
    name: record.name,
    key: '',
    partition: run.partition,
    version: run.version,
    state: JSON.stringify(record),
    meta: null,
    status: record.status,
    createdAtMs: run.createdAtMs,
    updatedAtMs: nowMs,
    endedAtMs: run.end?.atMs ?? null,
    endedActiveMs: run.end?.activeMs ?? null,
    parent: record.parent?.instance ?? null,
    tags: tags === run.tagsWritten ? undefined : Object.entries(tags ?? {}),
  };
  run.tagsWritten = tags;
  return write;
}
