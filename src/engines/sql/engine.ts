/** The running engine as clients see it: admits their messages and answers them, in any term of the worker. */
import { extended } from '../../model/extended.js';
import { HostStoppedError } from '../../errors/index.js';
import { partitionOf } from './core/partition.js';
import { purgeTargetOf } from './core/purge-target.js';
import { isEntityId, traced, type ReplyTo, type StoredBody } from './model/messages.js';
import type { WaitReason } from '../../errors/wait-reason.js';
import type { Ticket } from '../../model/ticket.js';
import { setLongTimer } from '../../ports/clock.js';
import { EngineWatcher } from './engine-watcher.js';
import type { CountingObserver } from '../../hub/operation-counts.js';
import type { WorkerTerm } from './live/worker-term.js';
import type { Activities } from './outgoing/activities.js';
import type { ClientMessage, EntityLoad, Intake, Watcher } from './ports/intake.js';
import type {
  DeadLetter,
  ExecutionKey,
  Hint,
  HistoryChunk,
  Hub,
  InstanceFilter,
  InstanceRow,
  InstanceWrite,
  StatusCount,
  Store,
} from './ports/store.js';
import { IntakeGate } from './inbox/intake-gate.js';
import { IntakeQueue } from './inbox/intake-queue.js';
import { checkCommittedCall, readOnlyEnvironment, runOnCommitted } from './entities/committed-call.js';
import { diagnose } from './diagnosis.js';
import { isPending, lookAgain } from './connected/pending-run.js';
import { packageVersion } from '../../core/package-version.js';
import type { HostRole, HostStatus } from './status.js';
import { Worker } from './worker/worker.js';
import type { EngineOptions, EnginePorts } from './options.js';
import { AnswersElsewhere } from './waiting/answers-elsewhere.js';
import { CommitFeed } from './waiting/commit-feed.js';
import { Interest } from './waiting/interest.js';
import { PendingCalls } from './waiting/pending-calls.js';
import { RowWatch } from './waiting/row-watch.js';
import { RunWatch } from './waiting/run-watch.js';
import { Observers } from './safe-observer.js';
import { safeTracer } from './safe-tracer.js';
import { safeLogger } from '../../ports/safe-logger.js';
import type { ClientWaits } from './waiting/client-waits.js';
import { Submission } from './inbox/submission.js';

/** Pauses before polls after a message was written into a transaction of the application: this process does not see when that commits. */
const withinLooksMs = [5, 20, 80, 320];

export class Engine implements Intake {
  private readonly waits: ClientWaits;
  private readonly worker: Worker;
  private readonly intake: IntakeGate;
  private readonly watcher: EngineWatcher;
  private unlisten: () => void = () => {};

  private constructor(
    private readonly ports: EnginePorts,
    private readonly options: EngineOptions,
    private readonly hub: Hub,
    private readonly observers: Observers,
  ) {
    const calls = new PendingCalls(ports.random.uuid());
    this.waits = {
      queue: new IntakeQueue(),
      calls,
      elsewhere: new AnswersElsewhere(ports.relay, calls),
      watch: new RunWatch(),
      commits: new CommitFeed(),
      interest: new Interest(),
      rowWatch: new RowWatch(ports.store),
      waitingRows: new Map(),
    };
    this.worker = new Worker(ports, options, hub, this.waits);
    this.watcher = new EngineWatcher(ports, this.worker, this.waits, (id) => this.read(id));
    this.intake = new IntakeGate(this.waits.queue, this.worker, ports.clock, options.intakeTimeoutMs);
  }

  /** Resolves when the first term has read the backlog, or another worker was found alive. The store must be open. */
  static async start(ports: EnginePorts, options: EngineOptions, hub: Hub): Promise<Engine> {
    ports.directory.learn(hub.names);
    const logger = safeLogger(ports.logger);
    const observers = new Observers(logger);
    if (ports.observer !== undefined) observers.add(ports.observer);
    const engine = new Engine(
      { ...ports, logger, observer: observers, tracer: safeTracer(ports.tracer, logger) },
      options,
      hub,
      observers,
    );
    if (!hub.alone) engine.unlisten = ports.store.listen((hint) => engine.heard(hint));
    try {
      await engine.worker.start();
      return engine;
    } catch (error) {
      engine.unlisten();
      throw error;
    }
  }

  /** Follows a hint of another process. Without content, anything may have changed. */
  private heard(hint: Hint | undefined): void {
    const { term, poller, rebalancer } = this.worker;
    const { partitions, interest, members, gained } = hint ?? {};
    if (hint === undefined || partitions?.some((partition) => term?.ownership.owns(partition))) poller?.hint();
    if (interest !== undefined) this.waits.interest.note(interest, this.ports.clock.monotonicMs());
    if (term !== undefined && gained?.includes(term.incarnation)) rebalancer?.given();
    else if (hint === undefined || members === true) rebalancer?.hurry();
    if (hint?.processes?.includes(this.waits.calls.process)) this.ports.relay.hurry();
  }

  /** The status of this process, from memory. */
  status(): HostStatus {
    const { role, ready, status } = this.worker;
    return { role, name: this.options.workerName, version: packageVersion, ready, worker: status };
  }

  get role(): HostRole {
    return this.worker.role;
  }

  /** The parts of the present worker term, for an inspector of this process. `undefined` in a standby. */
  get present(): { readonly term: WorkerTerm; readonly activities: Activities; readonly intake: number } | undefined {
    const { stopped, term, activities } = this.worker;
    if (stopped !== undefined || term === undefined || activities === undefined) return undefined;
    return { term, activities, intake: this.waits.queue.size };
  }

  /** Adds an observer. Returns a function that removes it. */
  observe(observer: CountingObserver): () => void {
    return this.observers.add(observer);
  }

  /** Passes on the instances that each commit of this process writes. Returns a function that stops the calls. */
  listenToCommits(listener: (writes: readonly InstanceWrite[]) => void): () => void {
    return this.waits.commits.listen(listener);
  }

  /** Resolves while this process is the worker, or when it becomes the worker. @throws HostStoppedError */
  active(): Promise<void> {
    return this.worker.active();
  }

  /**
   * Stops gracefully: no message is admitted and no work is started, running activities and external operations may end, and the last batch
   * frees the partitions.
   */
  async stop(): Promise<void> {
    await this.worker.stop();
    this.unlisten();
    await this.ports.relay.close(this.worker.stopped ?? new HostStoppedError());
    this.intake.stop();
  }

  send(message: ClientMessage): Promise<Ticket> {
    return this.refusedOrLocal ? (this.submit(message, 'accepted') as Promise<Ticket>) : this.ports.relay.send(message);
  }

  async sendWithin(transaction: unknown, message: ClientMessage): Promise<void> {
    const { refusal } = this.worker;
    if (refusal !== undefined) throw refusal;
    const { term } = this.worker;
    if (term === undefined) return this.ports.relay.sendWithin(transaction, message);
    const { target, body, dueMs = null, receipt } = message;
    const stored: StoredBody = receipt === undefined ? body : extended(body, { origin: { receipt } });
    // The id belongs to this term. But in the table the row is like those of other processes, and the poller reads it.
    const partition = partitionOf(target, term.partitionCount);
    const row = { id: term.ids.newRow(), partition, target, arrival: null, dueMs, body: JSON.stringify(stored) };
    await this.ports.store.writeWithin(transaction, [row]);
    const { incarnation, batch } = this.worker.term ?? term;
    this.intake.sentWithin(incarnation, batch.seq);
    const { clock } = this.ports;
    // This process does not see when that transaction commits.
    const look = () => {
      if (this.worker.term?.ownership.owns(partition) === true) this.worker.poller?.hint();
      else this.ports.store.wakeOthers({ partitions: [partition] });
    };
    for (const ms of withinLooksMs) clock.setTimer(ms, () => this.worker.stopped ?? look());
  }

  apply(message: ClientMessage): Promise<string | undefined> {
    return this.refusedOrLocal ? this.submit(message, 'applied') : this.ports.relay.apply(message);
  }

  /** Whether messages of clients are refused or handled in this process, and not sent to the worker of another process. */
  private get refusedOrLocal(): boolean {
    return this.worker.refusal !== undefined || !this.worker.relays;
  }

  /** Resolves with the ticket of the message, or with the owner's answer. */
  private submit(message: ClientMessage, when: Submission['when']): Promise<string | undefined> {
    return new Promise((resolve, reject) => this.take(message, when, resolve, reject));
  }

  private take(
    message: ClientMessage,
    when: Submission['when'],
    answered: (answer: string | undefined) => void,
    failed: (error: Error) => void,
  ): void {
    const { refusal } = this.worker;
    if (refusal !== undefined) return failed(refusal);
    const { calls, waitingRows } = this.waits;
    const nowMs = this.ports.clock.monotonicMs();
    const submission = new Submission(message, when, calls.newCall(), nowMs, waitingRows, answered, failed);
    this.intake.take(submission);
  }

  call(
    target: string,
    operation: string,
    input: string | undefined,
    receipt: ClientMessage['receipt'],
    trace: string | undefined,
  ): Promise<string | undefined> {
    if (!this.refusedOrLocal) return this.ports.relay.call(target, operation, input, receipt, trace);
    return new Promise((resolve, reject) => {
      const reply = this.waits.calls.open(target, receipt, resolve, reject);
      const body = traced({ kind: 'operation', operation, input, reply } as const, trace);
      this.takeCall({ target, body, receipt }, reply);
    });
  }

  async callCommitted(target: string, operation: string, input: string | undefined): Promise<string | undefined> {
    const { refusal, term } = this.worker;
    if (refusal !== undefined) throw refusal;
    const { userCode, clock } = this.ports;
    const name = target.slice(1, target.indexOf('@', 1));
    const program = checkCommittedCall(userCode.entity(name), target, operation);
    const row = await this.read(target);
    const environment = term?.environment ?? readOnlyEnvironment(() => this.hubTimeMs());
    const running = runOnCommitted(program, target, row, { operation, input }, environment, clock);
    return new Promise((resolve, reject) => {
      // A call of this process, so that it fails if the host stops meanwhile.
      const reply = this.waits.calls.open(undefined, undefined, resolve, reject);
      void running.then((outcome) =>
        this.waits.calls.answer(reply, outcome.ok ? { ok: true, value: outcome.result } : outcome),
      );
    });
  }

  cancelSignal(target: string, name: string): Promise<boolean> {
    if (!this.refusedOrLocal) return this.ports.relay.cancelSignal(target, name);
    return new Promise((resolve, reject) => {
      const answered = (value: string | undefined) => resolve(value === 'true');
      const reply = this.waits.calls.open(target, undefined, answered, reject);
      this.takeCall({ target, body: { kind: 'cancel', name, reply } }, reply);
    });
  }

  /** Admits a message whose answer comes through its reply. */
  private takeCall(message: ClientMessage, reply: ReplyTo & { to: 'client' }): void {
    this.take(message, 'accepted', ignored, (error) => this.waits.calls.fail(reply, error));
  }

  async deadLetters(page: { after?: number; limit: number }): Promise<readonly DeadLetter[]> {
    this.checkRunning();
    return this.ports.store.loadDeadLetters(page);
  }

  private checkRunning(): void {
    if (this.worker.stopped !== undefined) throw this.worker.stopped;
  }

  /** A standby knows only its own clock. */
  hubTimeMs(): number {
    return this.worker.term?.nowMs() ?? this.ports.clock.wallMs();
  }

  async read(instanceId: string): Promise<InstanceRow | undefined> {
    this.checkRunning();
    const { store } = this.ports;
    const [row] = await store.loadInstances([instanceId]);
    if (row !== undefined || isEntityId(instanceId)) return row;
    const found = await lookAgain(store, instanceId, this.hubTimeMs());
    // No hint may have announced the start message.
    if (found !== undefined && isPending(found)) this.worker.poller?.hint();
    return found;
  }

  async query(...[filter, page]: Parameters<Store['queryInstances']>): Promise<readonly InstanceRow[]> {
    this.checkRunning();
    return this.ports.store.queryInstances(filter, page);
  }

  async firstChunks(executions: readonly ExecutionKey[]): Promise<readonly HistoryChunk[]> {
    this.checkRunning();
    return this.ports.store.loadFirstChunks(executions);
  }

  async historyOf({ instance, execution }: ExecutionKey): Promise<readonly HistoryChunk[]> {
    this.checkRunning();
    return this.ports.store.loadHistory(instance, execution);
  }

  async count(filter: InstanceFilter): Promise<readonly StatusCount[]> {
    this.checkRunning();
    return this.ports.store.countInstances(filter);
  }

  async entityLoad(entityId: string): Promise<EntityLoad> {
    if (this.worker.relays || this.watcher.isElsewhere(entityId)) return this.ports.relay.entityLoad(entityId);
    const entity = this.worker.term?.live.get(entityId);
    const registered = this.ports.userCode.entity(entityId.slice(1, entityId.indexOf('@', 1))) !== undefined;
    if (entity?.kind !== 'entity') return { backlog: 0, currentOperation: null, registered };
    const body = entity.running?.body;
    return {
      backlog: entity.waiting + (entity.spill?.count ?? 0),
      currentOperation: body?.kind === 'operation' ? body.operation : null,
      registered,
    };
  }

  async diagnose(target: string): Promise<WaitReason | undefined> {
    this.checkRunning();
    const { store, userCode } = this.ports;
    const term = this.watcher.termOf(target);
    if (term === undefined) return diagnose(store, target);
    const load = () => {
      const instance = term.live.get(target);
      const body = instance?.kind === 'entity' ? instance.running?.body : undefined;
      const waiting = instance === undefined ? 0 : instance.waiting + (instance.spill?.count ?? 0);
      return { waiting, running: body?.kind === 'operation' ? body.operation : undefined };
    };
    return diagnose(store, target, { userCode, load });
  }

  whenProcessed(...args: Parameters<Watcher['whenProcessed']>): () => void {
    return this.watcher.whenProcessed(...args);
  }

  watchRun(...args: Parameters<Watcher['watchRun']>): () => void {
    return this.watcher.watchRun(...args);
  }

  followRun(...args: Parameters<Watcher['followRun']>): () => void {
    return this.watcher.followRun(...args);
  }

  followEntity(...args: Parameters<Watcher['followEntity']>): () => void {
    return this.watcher.followEntity(...args);
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const { refusal } = this.worker;
      if (refusal !== undefined) return reject(refusal);
      const timer = setLongTimer(this.ports.clock, ms, () => {
        this.waits.calls.forget(call);
        resolve();
      });
      // A call without an answer: it fails like other calls if the host stops.
      const failed = (error: Error) => {
        timer.cancel();
        reject(error);
      };
      const { call } = this.waits.calls.open(undefined, undefined, () => {}, failed);
    });
  }

  purgeTarget(instanceId: string): string {
    return purgeTargetOf(instanceId, this.hub);
  }

  newInstanceId(): string {
    return this.worker.term?.ids.newInstanceId() ?? this.ports.random.uuid();
  }
}

function ignored(): void {}
