/**
 * Begins and ends executions of orchestrations, and feeds events to their code.
 *
 * An event that the code receives goes into the history of the execution, in the batch that holds the effects.
 */
import { extended } from '../../../model/extended.js';
import { eventBytes } from '../core/history-size.js';
import { inputHash } from '../../../core/input-hash.js';
import { RewindResults } from '../core/rewind.js';
import { type RecordedAnswers } from '../core/history.js';
import { ExecutionLedger } from '../core/execution-ledger.js';
import { OrchestrationFailedError, UnknownOrchestrationError } from '../../../errors/index.js';
import { decodeError, encodeError } from '../../../model/error-details.js';
import type { Answer, RunMessage } from '../model/messages.js';
import type { SessionEvent } from '../../../model/orchestration-events.js';
import { pinnedTo, type RunRecord } from '../model/run-record.js';
import { hasEnded, type RuntimeStatus } from '../../../model/runtime-status.js';
import type { Delivery } from '../live/delivery.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { LiveRun } from '../live/live-instance.js';
import { forgetMissing, forgetMissingRun } from '../live/missing-code.js';
import { keptTurn } from './replayed-turn.js';
import type { Router } from '../outgoing/router.js';
import type { RunActions } from './run-actions.js';
import { startSession } from './start-session.js';

export class Executions {
  private fed: LiveRun[] = [];

  constructor(
    private readonly term: WorkerTerm,
    private readonly delivery: Delivery,
    private readonly router: Router,
    private readonly actions: RunActions,
    private readonly notifyEnd: (instanceId: string, end: RunRecord) => void,
  ) {}

  get anyFed(): boolean {
    return this.fed.length > 0;
  }

  /** The orchestrations whose code received an event since the last call. */
  takeFed(): readonly LiveRun[] {
    const fed = this.fed;
    this.fed = [];
    return fed;
  }

  /**
   * Begins a new orchestration, at once or at its start time. If an orchestration with this id has ended, the new one takes its place.
   * Returns whether the code received an event.
   */
  open(run: LiveRun, body: RunMessage & { kind: 'start' }): boolean {
    const record = this.create(run, body);
    const { startsAtMs } = record;
    if (startsAtMs === undefined || startsAtMs <= this.term.nowMs()) return this.begin(run, record);
    record.status = 'pending';
    record.startRow = this.router.schedule(run.id, { kind: 'begin', execution: record.execution }, startsAtMs);
    run.ledger = new ExecutionLedger(run.id, record.execution);
    return false;
  }

  create(run: LiveRun, body: RunMessage & { kind: 'start' }): RunRecord {
    if (run.record !== undefined) this.forgetPast(run);
    run.createdAtMs = this.term.nowMs();
    run.startWritten = false;
    const { startsAtMs, tags, customStatus } = body.details ?? {};
    run.record = {
      name: body.name,
      execution: this.term.ids.newExecution(),
      status: 'running',
      input: body.input,
      parent: body.parent,
      chunks: 0,
      version: pinnedTo(body.version ?? this.term.ports.userCode.orchestration(body.name)?.version),
      startsAtMs,
      tags,
      customStatus,
      trace: body.trace,
    };
    this.term.markDirty(run);
    return run.record;
  }

  /** Deletes the stored data of the last execution. */
  private forgetPast(run: LiveRun): void {
    run.events = [];
    run.past = undefined;
    run.input = undefined;
    run.failure = undefined;
    run.kept = undefined;
    this.term.batch.historyDeleted.push(run.id);
  }

  beginAnew(
    run: LiveRun,
    record: Omit<RunRecord, 'execution' | 'status' | 'chunks'>,
    kept: RecordedAnswers | undefined,
  ): boolean {
    // A new object, because callers that wait for the end of the last execution hold the old record.
    const begun = { execution: this.term.ids.newExecution(), status: 'running', chunks: 0 } as const;
    run.record = extended(record, begun);
    run.startWritten = false;
    this.forgetPast(run);
    return this.begin(run, run.record, kept);
  }

  /**
   * Begins an execution.
   * @param kept the results that a rewound execution keeps. Empty if the code of the failed execution was never started.
   */
  begin(run: LiveRun, record: RunRecord, kept?: RecordedAnswers): boolean {
    run.ledger = new ExecutionLedger(run.id, record.execution);
    run.kept = undefined;
    this.term.markDirty(run);
    const { observer } = this.term.ports;
    if (observer?.runStarted !== undefined) {
      const { name } = record;
      this.term.batch.afterCommit.push(() => observer.runStarted?.({ name }));
    }
    const { startsAtMs = 0 } = record;
    if (record.status === 'pending') this.leavePending(run, record);
    run.session = startSession(this.term, run.id, record);
    if (run.session === undefined) {
      const registered = this.term.ports.directory.list('orchestration');
      this.fail(run, encodeError(new UnknownOrchestrationError(record.name, registered, record.version)));
      return false;
    }
    if (kept === undefined || kept.told.length === 0)
      this.feed(run, { kind: 'started', input: record.input, rules: 2 }, startsAtMs);
    else {
      run.kept = new RewindResults(kept);
      run.events.push({ h: 'kept', kept });
      this.feedKept(run);
    }
    return true;
  }

  /** Starts an orchestration whose start time has come. The orchestration receives the messages that arrived before. */
  private leavePending(run: LiveRun, record: RunRecord): void {
    record.status = 'running';
    record.startsAtMs = undefined;
    record.startRow = undefined;
    run.releaseHeldMessages();
  }

  /** Feeds the next kept result to a rewound execution, at the recorded time, as in replay. Returns `false` if no result is left. */
  feedKept(run: LiveRun): boolean {
    const told = run.kept?.next();
    if (told === undefined) return false;
    run.kept?.take();
    this.tell(run, told.event, Math.max(run.ledger.timeMs, told.at), true);
    return true;
  }

  /** @param started when the work began that the event answers */
  feed(run: LiveRun, event: SessionEvent, notBeforeMs: number, started?: number): void {
    this.tell(run, event, Math.max(run.ledger.timeMs, this.term.nowMs(), notBeforeMs), false, started);
  }

  private tell(run: LiveRun, event: SessionEvent, timeMs: number, kept: boolean, started?: number): void {
    run.ledger.noteFed(event, timeMs);
    forgetMissingRun(this.term, run);
    if ('task' in event) forgetMissing(this.term, run, event.task);
    if (kept) run.events.push({ h: 'fed', at: timeMs, event, kept });
    else
      run.events.push(
        started === undefined ? { h: 'fed', at: timeMs, event } : { h: 'fed', at: timeMs, event, started },
      );
    if (run.record !== undefined) run.record.historyBytes = (run.record.historyBytes ?? 0) + eventBytes(event);
    this.term.markDirty(run);
    run.session?.feed(event, timeMs, kept ? keptTurn(run.kept?.patches) : undefined);
    run.fed = true;
    this.fed.push(run);
  }

  fail(run: LiveRun, error: string): void {
    const record = run.record as RunRecord;
    record.error = error;
    const failed = new OrchestrationFailedError(record.name, run.id, decodeError(error));
    this.end(run, 'failed', { ok: false, error: encodeError(failed) });
  }

  /**
   * Ends the execution.
   * @param lastTurn the first task of the turn that completed the execution: activities of this turn still run once
   */
  end(run: LiveRun, status: RuntimeStatus, answer: Answer, lastTurn = Number.POSITIVE_INFINITY): void {
    const record = run.record as RunRecord;
    this.clear(run, lastTurn);
    if (record.startRow !== undefined) this.term.withdraw(record.startRow);
    record.startRow = undefined;
    record.startsAtMs = undefined;
    record.status = status;
    record.awaited = undefined;
    record.missing = undefined;
    run.kept = undefined;
    run.releaseHeldMessages();
    this.term.markDirty(run);
    if (record.parent !== undefined) this.router.answer(record.parent, run.id, answer);
    this.term.batch.afterCommit.push(() => this.notifyEnd(run.id, record));
    this.observeEnd(run, record);
    if (run.busy) this.term.markReady(run);
  }

  private observeEnd(run: LiveRun, { name, status, execution, trace }: RunRecord): void {
    const { observer, tracer } = this.term.ports;
    if (trace !== undefined && tracer !== undefined && hasEnded(status)) {
      const outcome = status === 'completed' ? 'ok' : status === 'failed' ? 'failed' : 'terminated';
      const times = { startedMs: run.createdAtMs, endedMs: this.term.nowMs() };
      const work = { kind: 'orchestration', name, target: run.id, execution, trace, outcome, ...times } as const;
      this.term.batch.afterCommit.push(() => tracer.ended({ ...work, operation: undefined, task: undefined }));
    }
    if (observer?.runEnded === undefined || !hasEnded(status)) return;
    const durationMs = this.term.nowMs() - run.createdAtMs;
    const ended = { name, status: status as 'completed' | 'failed' | 'terminated', durationMs };
    this.term.batch.afterCommit.push(() => observer.runEnded?.(ended));
  }

  /** Ends the open work of the execution: releases its locks, and cancels its timers and activities, whose results have no receiver. */
  private clear(run: LiveRun, lastTurn = Number.POSITIVE_INFINITY): void {
    this.actions.releaseLocks(run);
    for (const { task, kind, row } of run.ledger.openRows()) {
      if (kind === 'timer') this.actions.cancelTimer(row);
      else if (task < lastTurn)
        this.actions.cancelActivity(row, 'The orchestration that asked for this activity has ended.');
    }
    for (const error of run.session?.unseenErrors ?? []) this.logUnseen(run.id, error);
    run.session?.close();
    run.session = undefined;
    run.pendingReplay = undefined;
  }

  /** Logs an error of a promise that the code never awaited. The orchestration does not fail by it. */
  private logUnseen(instance: string, error: unknown): void {
    const { batch, ports } = this.term;
    const { code, message } = error as { code?: unknown; message?: unknown };
    batch.afterCommit.push(() =>
      ports.logger.warn({ instance, code }, `The orchestration never awaited a rejected promise: ${String(message)}`),
    );
  }

  continueAsNew(
    run: LiveRun,
    record: RunRecord,
    outcome: {
      input: string | undefined;
      events: readonly { name: string; value: string | undefined }[];
      keepEvents: boolean;
      version?: number | undefined;
    },
  ): void {
    this.clear(run);
    const waiting = run.queue.slice(run.head);
    run.queue = [];
    run.head = 0;
    record.execution = this.term.ids.newExecution();
    record.origin = undefined;
    record.version = pinnedTo(outcome.version ?? this.term.ports.userCode.orchestration(record.name)?.version);
    run.kept = undefined;
    // The new execution has a new ledger, because the open work of the old one is cleared.
    run.ledger = new ExecutionLedger(run.id, record.execution);
    record.startedWith ??= inputHash(record.input);
    record.input = outcome.input;
    record.inputIn = undefined;
    run.input = undefined;
    record.chunks = 0;
    record.historyBytes = 0;
    record.customStatus = undefined;
    record.unread = undefined;
    record.awaited = undefined;
    record.missing = undefined;
    run.events = [];
    this.term.batch.historyDeleted.push(run.id);
    this.term.markDirty(run);
    this.router.send(run.id, { kind: 'begin', execution: record.execution });
    for (const { name, value } of outcome.events) this.router.send(run.id, { kind: 'event', name, value });
    for (const message of waiting) {
      if (message.done) continue;
      if (message.body.kind === 'event' && !outcome.keepEvents) this.term.consume(message);
      else this.delivery.requeue(message);
    }
  }
}
