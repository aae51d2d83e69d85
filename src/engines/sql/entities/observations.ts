/**
 * Tells the observer and the tracer about operations and locks of entities, after the commit that makes them durable. Without
 * an observer it costs a comparison: functions of their own make the observations, because a function with closures allocates at each call.
 */
import type { MailboxMessage } from '../model/messages.js';
import type { OperationOutcome } from '../../../ports/user-code.js';
import type { OpenBatch } from '../commit/open-batch.js';
import type { LiveEntity } from '../live/live-instance.js';
import { betweenTicks, tickOf, type Message } from '../live/message.js';
import type { WorkerTerm } from '../live/worker-term.js';
import { unsampled, untimed } from '../live/operation-timing.js';
import { BatchCounts } from '../../../hub/operation-counts.js';

type LockEvent = 'lockGranted' | 'lockReleased';

/** @param sinceMs hub time of the request or of the grant */
export function lockChanged(term: WorkerTerm, event: LockEvent, entity: LiveEntity, sinceMs: number | undefined): void {
  if (sinceMs !== undefined && term.ports.observer?.[event] !== undefined) observeLock(term, event, entity, sinceMs);
}

function observeLock(
  { batch, ports, hubClock }: WorkerTerm,
  event: LockEvent,
  entity: LiveEntity,
  sinceMs: number,
): void {
  const lock = { entity: entity.name, durationMs: Math.max(0, hubClock.nowMs() - sinceMs) };
  batch.afterCommit.push(() => ports.observer?.[event]?.(lock));
}

/** An operation has an outcome. */
export function operationEnded(
  term: WorkerTerm,
  entity: LiveEntity,
  message: Message<MailboxMessage>,
  outcome: OperationOutcome,
): void {
  const { startedMs } = entity;
  // An operation with a trace has a time.
  if (startedMs === untimed) return;
  const { operation, trace } = message.body as MailboxMessage & { kind: 'operation' };
  if (startedMs === unsampled) {
    // Most operations are like the one before. A call of a function would cost as much as all else that counts one.
    const last = term.batch.counts?.last;
    if (last?.operation === operation && last.entity === entity.name && outcome.ok) last.ok++;
    else countOperation(term, entity, message, outcome);
    return;
  }
  const { observer, tracer } = term.ports;
  if (tracer !== undefined && trace !== undefined) traceOperation(term, entity, message, outcome);
  if (observer === undefined) return;
  if (observer.operationEnded !== undefined) observeOperation(term, entity, message, outcome);
  if (observer.counted !== undefined) countOperation(term, entity, message, outcome);
}

function traceOperation(
  term: WorkerTerm,
  entity: LiveEntity,
  { body }: Message<MailboxMessage>,
  { ok }: OperationOutcome,
): void {
  const { clock, tracer } = term.ports;
  const { operation, reply, trace } = body as MailboxMessage & { kind: 'operation' };
  const endedMs = term.nowMs();
  const caller = reply?.to === 'run' ? reply : undefined;
  const work = {
    kind: 'operation',
    name: entity.name,
    operation,
    target: entity.id,
    trace: trace as string,
    outcome: ok ? 'ok' : 'failed',
    startedMs: endedMs - (clock.monotonicMs() - entity.startedMs),
    endedMs,
    execution: caller?.execution,
    task: caller?.task,
  } as const;
  term.batch.afterCommit.push(() => tracer?.ended(work));
}

function observeOperation(
  { batch, ports }: WorkerTerm,
  entity: LiveEntity,
  { body, queuedTick }: Message<MailboxMessage>,
  { ok }: OperationOutcome,
): void {
  const { operation, reply } = body as MailboxMessage & { kind: 'operation' };
  if (batch.operations.length === 0) reportAfterCommit(batch, ports);
  batch.operations.push({
    entity: entity.name,
    operation,
    outcome: ok ? 'ok' : 'failed',
    durationMs: ports.clock.monotonicMs() - entity.startedMs,
    called: reply !== undefined,
    queuedMs: queuedTick === 0 ? 0 : betweenTicks(queuedTick, tickOf(entity.startedMs)),
  });
}

function countOperation(
  term: WorkerTerm,
  { name, startedMs }: LiveEntity,
  { body, queuedTick }: Message<MailboxMessage>,
  { ok }: OperationOutcome,
): void {
  const { batch, ports } = term;
  const { operation } = body as MailboxMessage & { kind: 'operation' };
  const count = (batch.counts ??= new BatchCounts()).ended(name, operation, ok);
  if (startedMs === unsampled) return;
  const queuedMs = queuedTick === 0 ? 0 : betweenTicks(queuedTick, tickOf(startedMs));
  count.time(ports.clock.monotonicMs() - startedMs, queuedMs);
}

/** One callback for all operations of a batch. */
function reportAfterCommit({ afterCommit, operations }: OpenBatch, { observer }: WorkerTerm['ports']): void {
  afterCommit.push(() => {
    for (const each of operations) observer?.operationEnded?.(each);
  });
}
