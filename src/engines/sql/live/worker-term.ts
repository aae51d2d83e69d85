/**
 * A worker term: one incarnation of the worker's row, and everything in memory that depends on it.
 *
 * A term begins with the acquisition barrier: acquire the partitions, read the whole backlog, then run. A term ends once, by `end`: after a
 * refused fence, an unknown outcome, a refused batch, a failed assertion, or a stop. Nothing of it is repaired. The next term reads
 * everything from storage again. Where several workers share a database, partitions also come and go during a term: see
 * `Ownership`, which also has the fencing token of each partition.
 */
import type { MessageAbandonedError } from '../../../errors/index.js';
import { encodeError } from '../../../model/error-details.js';
import { answerId, type Answer, type ClientAddress } from '../model/messages.js';
import type { AcquiredPartition } from '../ports/store.js';
import type { TurnEnvironment } from '../../../ports/user-code.js';
import type { Refusals } from '../core/refusals.js';
import { Caution, type AttemptsBefore } from '../worker/caution.js';
import { IdsAndTime } from './ids-and-time.js';
import { LiveInstances } from './live-instances.js';
import type { HubClock } from './hub-clock.js';
import { KnownRows } from './known-rows.js';
import { type LiveInstance } from './live-instance.js';
import { tickOf, type Message } from './message.js';
import { OperationTiming } from './operation-timing.js';
import { OpenBatch } from '../commit/open-batch.js';
import { OutsideWork } from './outside-work.js';
import { FreshNames } from './fresh-names.js';
import { writeBound } from '../../../ports/child-log.js';
import { Ownership } from './ownership.js';
import { WaitingCode } from './waiting-code.js';
import type { NeededCode, WorkerNames } from '../core/worker-names.js';
import { heartbeatOf, isMemoryFresh, mayStartOutside } from '../core/pace.js';
import type { EngineOptions, EnginePorts } from '../options.js';

export interface TermStart {
  readonly incarnation: number;
  readonly partitionCount: number;
  readonly partitions: readonly AcquiredPartition[];
  readonly hubClock: HubClock;
  /** Active time before this term, in milliseconds. */
  readonly activeMs: number;
  readonly block: number;
  /** Whether no other process can reach the database. */
  readonly alone: boolean;
  /** Whether several workers may own partitions at the same time. */
  readonly shared: boolean;
  /** Whether the worker shall hold a presence lock. */
  readonly presence: boolean;
  /** The `process` of the client addresses of this process. */
  readonly process: string;
  /** The attempts of rows before this process tried them. This process is alive, so its own attempts ended no process. */
  readonly attemptsBefore: AttemptsBefore;
  readonly refusals: Refusals;
}

/** The state of one worker term, which all parts of the engine share. */
export class WorkerTerm {
  readonly incarnation: number;
  readonly partitionCount: number;
  readonly process: string;
  readonly alone: boolean;
  /** Whether several workers may own partitions at the same time. */
  readonly shared: boolean;
  /** Whether the worker shall hold a presence lock, and whether it is known to hold it. */
  readonly presence: boolean;
  isPresent = false;
  /** The partitions that the worker owns now. */
  readonly ownership: Ownership;
  /** The activities and external operations that run now. */
  readonly outside = new OutsideWork();
  readonly ids: IdsAndTime;
  /** Every instance in memory. */
  readonly live: LiveInstances;
  readonly rows = new KnownRows();
  /** Code that messages wait for, and that this worker has not registered. */
  readonly waitingCode = new WaitingCode();
  readonly freshNames: FreshNames;
  /** The names that the other living workers have registered, as the last look has shown them. */
  others: readonly WorkerNames[] = [];
  batch = new OpenBatch(1);
  committedSeq = 0;
  /** The monotonic time when the last round of turns or admission began. */
  roundMs = 0;
  /** The same, by `tickOf`. */
  roundTick = 1;
  readonly timing: OperationTiming;
  /** The monotonic time when the last successful commit began. */
  lastCommitStartedMs: number;
  private readyNow: LiveInstance[] = [];
  private readonly aborter = new AbortController();
  private wakeUp: (() => void) | undefined;
  private woken = false;
  /** Whether no new activity or external operation may start. */
  stopping = false;
  /** The reason why the term ended. `undefined` while it lasts. */
  ended: Error | undefined;
  readonly environment: TurnEnvironment;
  readonly caution: Caution;
  readonly hubClock: HubClock;

  constructor(
    readonly ports: EnginePorts,
    readonly options: EngineOptions,
    start: TermStart,
  ) {
    this.timing = new OperationTiming(ports);
    this.hubClock = start.hubClock;
    this.incarnation = start.incarnation;
    this.partitionCount = start.partitionCount;
    this.process = start.process;
    this.alone = start.alone;
    this.shared = start.shared;
    this.presence = start.presence;
    this.freshNames = new FreshNames(this);
    this.ownership = new Ownership(start.partitionCount);
    const gained = this.ownership.gain(start.partitions, ports.clock.monotonicMs());
    this.ids = new IdsAndTime(ports, { ...start, ownership: this.ownership });
    this.live = new LiveInstances(start.partitionCount, this.ids, ports.userCode);
    this.lastCommitStartedMs = ports.clock.monotonicMs();
    this.caution = new Caution(this, start.attemptsBefore, start.refusals);
    this.caution.gained(gained);
    this.environment = {
      nowMs: () => this.nowMs(),
      newInstanceId: () => this.ids.inventId(),
      signal: this.aborter.signal,
      fencingToken: (id) => this.ownership.fencingToken(id),
      log: (level, bindings, fields, message) =>
        this.batch.afterCommit.push(() => writeBound(ports.logger, level, bindings, fields, message)),
    };
  }

  /** Hub time in milliseconds since 1970 (UTC). */
  nowMs(): number {
    return this.hubClock.nowMs();
  }

  /** The time since the last successful commit began, in milliseconds. */
  private get sinceCommitMs(): number {
    return this.ports.clock.monotonicMs() - this.lastCommitStartedMs;
  }

  /** Whether the lease is so fresh that an activity or external operation may start. */
  get mayStartOutside(): boolean {
    return mayStartOutside(this.sinceCommitMs, this.options.leaseMs, this.presence);
  }

  /** Whether the memory of the term tells what is stored. After its end, or if the process stood still, another worker may own it. */
  get isMemoryValid(): boolean {
    return this.ended === undefined && isMemoryFresh(this.sinceCommitMs, this.options.leaseMs, this.presence);
  }

  /** The time after the begin of a commit when the next one is due. */
  get heartbeatMs(): number {
    return heartbeatOf(this.options.leaseMs, this.presence && !this.isPresent);
  }

  /** Active time in milliseconds: the time during which workers of this task hub were active, in all terms together. */
  activeMs(): number {
    return this.ids.activeMs();
  }

  /** Fails this execution at its next visit, if it still runs. */
  failRun(id: string, execution: string, error: unknown): void {
    if (this.ended !== undefined || !this.ownership.ownsTarget(id)) return;
    const run = this.live.of(id);
    if (run.kind !== 'orchestration') return;
    run.failure ??= { execution, error };
    if (!run.loading) this.markReady(run);
    this.wake();
  }

  markReady(instance: LiveInstance): void {
    if (instance.ready || instance.gone) return;
    instance.ready = true;
    this.readyNow.push(instance);
    // The loop may be between its last check and its sleep, and must not sleep then.
    this.wake();
  }

  get anythingReady(): boolean {
    return this.readyNow.length > 0;
  }

  /** Takes the first `max` instances that have work. Instances that get work meanwhile come behind. */
  takeReady(max: number): readonly LiveInstance[] {
    const ready = this.readyNow.length <= max ? this.readyNow : this.readyNow.splice(0, max);
    if (ready === this.readyNow) this.readyNow = [];
    for (const instance of ready) instance.ready = false;
    return ready;
  }

  markDirty(instance: LiveInstance): void {
    instance.lastBatch = this.batch.seq;
    if (instance.dirty) return;
    instance.dirty = true;
    this.batch.dirty.add(instance);
  }

  /** Marks a message as finished: its effects are in the open batch. */
  consume(message: Message): void {
    if (message.done) return;
    message.done = true;
    if (message.row !== 0) this.rows.delete(message.row);
    if (message.stored) this.consumeRow(message.row);
    else this.batch.settle(message);
    this.caution.consumed(message);
    this.applied(message);
  }

  /** A round of turns or admission begins. */
  beginRound(nowMs: number): void {
    this.roundMs = nowMs;
    this.roundTick = tickOf(nowMs);
  }

  /** Answers a waiting client after the commit: the message is applied, or it is accepted by a suspended orchestration. */
  applied(message: Message, value?: string): void {
    const { submission } = message;
    message.submission = undefined;
    if (submission?.when === 'applied') this.batch.afterCommit.push(() => submission.resolve(value));
    this.answerElsewhere(message, { ok: true, value });
  }

  private answerElsewhere(message: Message, answer: Answer): void {
    const { ack, target } = message;
    message.ack = undefined;
    if (ack !== undefined) this.writeAnswer(target, ack, answer);
  }

  /** Writes the receipt with the answer that a client of another process reads. */
  writeAnswer(target: string, address: ClientAddress, answer: Answer): void {
    const requestId = answerId(address);
    const receipt = { target, requestId, hash: '', outcome: JSON.stringify(answer), atMs: this.activeMs() };
    this.batch.receipts.set(`${target}\0${requestId}`, receipt);
    this.batch.answered.add(address.process);
  }

  consumeRow(row: number): void {
    if (this.batch.consume(row) === 'deleted') this.rows.consume(row);
  }

  /** Deletes a message that waits in memory or in the table. */
  withdraw(row: number): void {
    const message = this.rows.get(row);
    if (message !== undefined) this.consume(message);
    else this.consumeRow(row);
  }

  /** Makes a dead letter of a message that ended its process in each attempt. */
  abandon(message: Message): MessageAbandonedError {
    const { row: id, target, attempts } = message;
    const error = this.caution.abandonedError(message);
    const body = JSON.stringify(message.body);
    const times = { atMs: this.nowMs(), activeMs: this.activeMs() };
    this.batch.deadLetters.push({ id, target, body, attempts, reason: error.message, ...times });
    this.ports.logger.error({ target, kind: message.body.kind, attempts }, error.message);
    const { observer } = this.ports;
    const { kind } = message.body;
    if (observer?.deadLettered !== undefined)
      this.batch.afterCommit.push(() => observer.deadLettered?.({ kind, attempts }));
    this.consume(message);
    return error;
  }

  /** Answers a client message with an error. */
  refuse(message: Message, error: Error): void {
    const { submission, ack } = message;
    message.submission = undefined;
    this.answerElsewhere(message, { ok: false, error: encodeError(error) });
    this.consume(message);
    if (submission?.when === 'applied') this.batch.afterCommit.push(() => submission.reject(error));
    else if (ack === undefined)
      this.batch.afterCommit.push(() =>
        this.ports.logger.warn({ instance: message.target, kind: message.body.kind }, error.message),
      );
  }

  /** Forgets partitions that the sealed batch gives away: from now on they belong to another worker. */
  lose(partitions: ReadonlySet<number>): void {
    this.ownership.lose(partitions);
    this.caution.lost(partitions);
    this.ids.lost(partitions);
    for (const partition of partitions) this.waitingCode.lost(partition);
    for (const instance of this.live.values()) if (partitions.has(instance.partition)) instance.gone = true;
  }

  /** Whether another living worker has this code. */
  isElsewhere(needed: NeededCode): boolean {
    return this.others.some((names) => names.has(needed));
  }

  /** Makes the loop check for work. */
  wake(): void {
    this.woken = true;
    const wakeUp = this.wakeUp;
    this.wakeUp = undefined;
    wakeUp?.();
  }

  /** Resolves at the next `wake`, or at once if `wake` was called since the last sleep. */
  async sleep(): Promise<void> {
    if (!this.woken && this.ended === undefined) {
      await new Promise<void>((resolve) => {
        this.wakeUp = resolve;
      });
    }
    this.woken = false;
  }

  end(error: Error): void {
    if (this.ended !== undefined) return;
    this.ended = error;
    this.aborter.abort(error);
    this.wake();
  }

  /** Aborts activities and external operations without ending the term. Used by a stop that has waited long enough. */
  abortExternal(reason: Error): void {
    this.aborter.abort(reason);
  }
}
