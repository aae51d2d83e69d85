/**
 * One term of the engine: one incarnation of its worker row, with everything that is dropped when that row is no longer its own.
 *
 * A term begins with the acquisition barrier (acquire, then read the whole backlog, then run) and ends once, by `end`: refused
 * fence, unknown outcome, refused batch, a failed assertion, or a stop. Nothing of it is repaired; the next term reads anew.
 */
import { MessageAbandonedError } from '../../../errors/index.js';
import { isCautious } from '../core/poison.js';
import type { HistoryEvent } from '../core/history.js';
import { localId, partitionOf } from '../core/partition.js';
import { encodeError } from '../../../model/error-details.js';
import {
  answerId,
  isEntityId,
  isNameMessage,
  type Answer,
  type ClientAddress,
  type EntityMessage,
  type DeadLetterMessage,
  type MailboxMessage,
  type NameMessage,
  type RunMessage,
} from '../../../model/messages.js';
import type { AcquiredPartition } from '../ports/store.js';
import type { TurnEnvironment } from '../../../ports/user-code.js';
import { Caution } from '../worker/caution.js';
import { KnownRows } from './known-rows.js';
import { LiveEntity, LiveRun, type LiveInstance } from './live-instance.js';
import type { Message } from './message.js';
import { OpenBatch } from '../commit/open-batch.js';
import type { EngineOptions, EnginePorts } from '../options.js';

export interface TermStart {
  readonly incarnation: number;
  readonly partitionCount: number;
  readonly partitions: readonly AcquiredPartition[];
  readonly nowMs: number;
  /** No other process can reach the database. */
  readonly alone: boolean;
  /** Of `ClientAddress`. */
  readonly process: string;
  /** Attempts of rows as they were before this process tried them: it is alive, so none of its own attempts ended a process. */
  readonly attemptsBefore: Map<number, number>;
}

/** ClientWaits by the parts of the engine; holds what they work on, decides nothing. */
export class WorkerTerm {
  readonly incarnation: number;
  readonly partitionCount: number;
  readonly process: string;
  readonly alone: boolean;
  readonly epochs: ReadonlyMap<number, number>;
  /** Every instance in memory. */
  readonly live = new Map<string, LiveInstance>();
  readonly rows = new KnownRows();
  batch = new OpenBatch(1);
  committedSeq = 0;
  /** Monotonic: when the last good commit began. */
  lastCommitStartedMs: number;
  private readyNow: LiveInstance[] = [];
  private readonly invented = new Set<string>();
  private rowCounter = 0;
  private arrivalCounter = 0;
  private executionCounter = 0;
  private clockOffsetMs: number;
  private readonly aborter = new AbortController();
  private wakeUp: (() => void) | undefined;
  private woken = false;
  /** Nothing new is started outside. */
  stopping = false;
  /** Why it ended. */
  ended: Error | undefined;
  readonly environment: TurnEnvironment;
  readonly caution: Caution;
  /** Asks for the row of an instance that is not in memory. */
  onMissing: (instance: LiveInstance) => void = () => {};
  /** Acts on the named signals of an entity. */
  onName: (entity: LiveEntity, message: Message<NameMessage>) => void = () => {};
  /** Deals with a dead letter. */
  onDeadLetter: (message: Message<DeadLetterMessage>) => void = () => {};
  /** Asks for the history of an execution that is over. */
  onPast: (run: LiveRun) => void = () => {};
  /** Asks for the replay of a run whose code was told nothing yet. */
  onPendingReplay: (run: LiveRun, events: readonly HistoryEvent[]) => void = () => {};

  constructor(
    readonly ports: EnginePorts,
    readonly options: EngineOptions,
    start: TermStart,
  ) {
    this.incarnation = start.incarnation;
    this.partitionCount = start.partitionCount;
    this.process = start.process;
    this.alone = start.alone;
    this.epochs = new Map(start.partitions.map(({ partition, epoch }) => [partition, epoch]));
    this.clockOffsetMs = start.nowMs - ports.clock.monotonicMs();
    this.lastCommitStartedMs = ports.clock.monotonicMs();
    const crashes = Math.max(0, ...start.partitions.map((partition) => partition.crashes));
    this.caution = new Caution(this, crashes, isCautious(crashes), start.attemptsBefore);
    this.environment = {
      nowMs: () => this.nowMs(),
      newInstanceId: () => this.inventId(),
      signal: this.aborter.signal,
      fencingToken: (id) => this.epochs.get(partitionOf(id, this.partitionCount)) ?? 0,
    };
  }

  /** Hub time: the database's, as of its last answer, plus monotonic time since. */
  nowMs(): number {
    return Math.floor(this.ports.clock.monotonicMs() + this.clockOffsetMs);
  }

  setHubTime(nowMs: number): void {
    this.clockOffsetMs = nowMs - this.ports.clock.monotonicMs();
  }

  newRow(): number {
    return this.incarnation * 2 ** 32 + ++this.rowCounter;
  }

  newExecution(): string {
    return `${this.incarnation.toString(36)}-${(++this.executionCounter).toString(36)}`;
  }

  nextArrival(): number {
    return ++this.arrivalCounter;
  }

  /** Arrivals go on after those that the backlog brought. */
  sawArrival(arrival: number): void {
    if (arrival > this.arrivalCounter) this.arrivalCounter = arrival;
  }

  /** An orchestration id that cannot exist yet, about to be used. */
  newInstanceId(): string {
    const id = this.inventId();
    this.invented.add(id);
    return id;
  }

  /** The next message to this id finds nothing in the database: it was just invented. */
  knowFresh(id: string): void {
    this.invented.add(id);
  }

  /** An orchestration id that falls into a partition of this worker. */
  private inventId(): string {
    const uuid = this.ports.random.uuid();
    return this.epochs.size === this.partitionCount
      ? uuid
      : localId(uuid, (partition) => this.epochs.has(partition), this.partitionCount);
  }

  /** An id for something that belongs to an instance, in the same partition. */
  newIdBeside(partition: number): string {
    const id = localId(this.ports.random.uuid(), (candidate) => candidate === partition, this.partitionCount);
    this.invented.add(id);
    return id;
  }

  /** Puts a message into its target's queue. It is in the open batch from now on: as its effects, or as a row. */
  deliver(message: Message): void {
    const { batch } = this;
    message.arrival = this.nextArrival();
    if (!message.stored) batch.add(message);
    this.enqueue(message);
  }

  /** Puts a message, which the open batch knows or which is durable, into its target's queue. */
  enqueue(message: Message): void {
    if (message.row !== 0) this.rows.set(message.row, message);
    if (message.body.kind === 'letter') return this.onDeadLetter(message as Message<DeadLetterMessage>);
    const instance = this.live.get(message.target) ?? this.open(message.target);
    instance.used = true;
    if (this.staysInTable(instance, message)) this.leaveInTable(instance, message);
    else if (instance.kind === 'orchestration' && instance.spill !== undefined) {
      // It is being read back.
      instance.addBehind(message as Message<RunMessage>);
      this.markReady(instance);
    } else this.queue(instance, message);
  }

  /** Puts a message into the queue in memory, however long that is. */
  queue(instance: LiveInstance, message: Message): void {
    if (instance.kind === 'orchestration') instance.add(message as Message<RunMessage>);
    else if (instance.loading) instance.early.push(message as Message<EntityMessage>);
    else this.addTo(instance, message as Message<EntityMessage>);
    if (!instance.loading) this.markReady(instance);
  }

  /** What is behind messages that are in the table only must wait there too. Only what has a row can be the first that does. */
  private staysInTable(instance: LiveInstance, message: Message): boolean {
    if (instance.spill === undefined) {
      if (!message.stored || instance.waiting < this.options.maxWaitingInMemory) return false;
    }
    // Whether the lock is held is not known yet: what has no row waits in memory until it is.
    if (instance.kind === 'entity') {
      const entityMessage = message as Message<EntityMessage>;
      return instance.loading
        ? message.stored && !isNameMessage(entityMessage.body)
        : !instance.bypassesQueue(entityMessage);
    }
    return instance.spill?.reading !== true && !instance.bypassesQueue(message as Message<RunMessage>);
  }

  /** The message is not kept in memory; its row, which is in the table or in the open batch, is read when its turn comes. */
  leaveInTable(instance: LiveInstance, message: Message): void {
    instance.spill ??= { after: message.arrival - 1, count: 0, lastBatch: 0, reading: false };
    instance.spill.after = Math.min(instance.spill.after, message.arrival - 1);
    instance.spill.count++;
    if (instance.kind === 'orchestration' && instance.record?.status === 'suspended') this.applied(message);
    // Until its place is committed, a poll would find it again.
    if (message.durable && !this.batch.adopted.has(message)) this.rows.leave(message.row);
    else {
      message.leftInTable = true;
      this.batch.spilled.push(message);
      instance.spill.lastBatch = this.batch.seq;
    }
  }

  private addTo(entity: LiveEntity, message: Message<EntityMessage>): void {
    // It was withdrawn by one that came before it while the entity was loading.
    if (message.done) return;
    if (isNameMessage(message.body)) return this.onName(entity, message as Message<NameMessage>);
    for (const settled of entity.mailbox.add(message as Message<MailboxMessage>)) this.consume(settled);
  }

  /** The instance's row was read, and what it needs is there: what waited for that is looked at. */
  loaded(instance: LiveInstance): void {
    instance.loading = false;
    if (instance.kind === 'entity') {
      for (const message of instance.early.splice(0)) {
        const behind = instance.spill !== undefined && message.arrival > instance.spill.after;
        if (behind && !instance.bypassesQueue(message)) this.leaveInTable(instance, message);
        else this.addTo(instance, message);
      }
    } else for (const message of instance.early.splice(0)) instance.add(message);
    if (instance.busy) this.markReady(instance);
  }

  /** Messages of the run wait until the history of its execution, which is over, was read. */
  readPast(run: LiveRun): void {
    run.loading = true;
    this.onPast(run);
  }

  /** The code of the run is told its history; messages wait until it was. */
  replayNow(run: LiveRun, events: readonly HistoryEvent[]): void {
    run.pendingReplay = undefined;
    run.loading = true;
    this.onPendingReplay(run, events);
  }

  /** Puts a message of this instance behind everything that was delivered to it so far. */
  requeue(message: Message): void {
    message.arrival = this.nextArrival();
    if (message.stored) this.batch.adopted.add(message);
    this.enqueue(message);
  }

  /** This execution, if it still runs, fails at its next visit. */
  failRun(id: string, execution: string, error: unknown): void {
    if (this.ended !== undefined) return;
    const run = this.live.get(id) ?? this.open(id);
    if (run.kind !== 'orchestration') return;
    run.failure ??= { execution, error };
    if (!run.loading) this.markReady(run);
    this.wake();
  }

  private open(id: string): LiveInstance {
    const partition = partitionOf(id, this.partitionCount);
    const instance = isEntityId(id) ? this.openEntity(id, partition) : new LiveRun(id, partition);
    this.live.set(id, instance);
    if (this.invented.delete(id)) instance.loading = false;
    else this.onMissing(instance);
    return instance;
  }

  private openEntity(id: string, partition: number): LiveEntity {
    const second = id.indexOf('@', 1);
    const name = id.slice(1, second);
    return new LiveEntity(id, partition, name, id.slice(second + 1), this.ports.userCode.entity(name));
  }

  markReady(instance: LiveInstance): void {
    if (instance.ready) return;
    instance.ready = true;
    this.readyNow.push(instance);
    // Also between the loop's last look and its sleep: then it does not sleep.
    this.wake();
  }

  get anythingReady(): boolean {
    return this.readyNow.length > 0;
  }

  /** Instances that have work, the first `max`; those that get work meanwhile come behind. */
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

  /** The effects of this message are in the open batch. */
  consume(message: Message): void {
    if (message.done) return;
    message.done = true;
    if (message.row !== 0) this.rows.delete(message.row);
    if (message.stored) this.consumeRow(message.row);
    else this.batch.settle(message);
    this.caution.consumed(message);
    this.applied(message);
  }

  /** A client that waits for this message hears after the commit that it is applied; or that it is taken in, where the run is suspended. */
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

  /** The answer to a client of another process, which looks for this receipt. */
  writeAnswer(target: string, address: ClientAddress, answer: Answer): void {
    const requestId = answerId(address);
    const receipt = { target, requestId, hash: '', outcome: JSON.stringify(answer), atMs: this.nowMs() };
    this.batch.receipts.set(`${target}\0${requestId}`, receipt);
  }

  consumeRow(row: number): void {
    if (this.batch.consume(row) === 'deleted') this.rows.consume(row);
  }

  /** A message that waits, in memory or in the table, is not needed any more. */
  withdraw(row: number): void {
    const message = this.rows.get(row);
    if (message !== undefined) this.consume(message);
    else this.consumeRow(row);
  }

  /** Sets a message aside that ended its process each time it was tried. */
  abandon(message: Message): MessageAbandonedError {
    const { row: id, target, attempts } = message;
    const error = new MessageAbandonedError(target, attempts);
    const body = JSON.stringify(message.body);
    this.batch.deadLetters.push({ id, target, body, attempts, reason: error.message, atMs: this.nowMs() });
    this.ports.logger.error({ target, kind: message.body.kind, attempts }, error.message);
    this.consume(message);
    return error;
  }

  /** The owner's answer to this client message is an error. */
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

  /** Something happened that the loop should look at. */
  wake(): void {
    this.woken = true;
    const wakeUp = this.wakeUp;
    this.wakeUp = undefined;
    wakeUp?.();
  }

  /** Resolves at the next `wake`, at once when there was one since the last sleep. */
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

  /** Aborts what runs outside, without ending the term (a stop that waited long enough). */
  abortExternal(reason: Error): void {
    this.aborter.abort(reason);
  }
}
