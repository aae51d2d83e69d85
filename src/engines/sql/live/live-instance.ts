import { ExecutionLedger } from '../core/execution-ledger.js';
import { Mailbox } from '../core/mailbox.js';
import { SignalNames } from '../core/signal-names.js';
import type { HistoryEvent } from '../core/history.js';
import type { RewindResults } from '../core/rewind.js';
import {
  isCommand,
  isNameMessage,
  sameOwner,
  type EntityMessage,
  type MailboxMessage,
  type RunMessage,
} from '../model/messages.js';
import type { RunRecord } from '../model/run-record.js';
import type { RunTags } from '../../../model/run-start.js';
import type { AttemptRule, EntityCell, EntityProgram, OrchestrationSession } from '../../../ports/user-code.js';
import type { Message } from './message.js';

/** The part of an instance's queue that is in the table only. */
export interface Spill {
  /** Every message in this part has a greater arrival number. */
  after: number;
  /** The number of messages in this part. */
  count: number;
  /** The last batch that holds a row of this part. */
  lastBatch: number;
  reading: boolean;
}

/** The common part of every instance in memory. `loading` is true until its row was read, and messages wait meanwhile. */
abstract class LiveBase {
  loading = true;
  /** The reason why the row cannot be read. Such an instance stays `loading`. */
  damage: Error | undefined = undefined;
  /** Whether the instance is in the list of instances that have work. */
  ready = false;
  /** Whether a sealed batch has given its partition away. Nothing of it may be used any more. */
  gone = false;
  /** Whether the open batch will write the instance. */
  dirty = false;
  /** The version of the row, including sealed batches. 0 if there is no row. */
  version = 0;
  createdAtMs = 0;
  /** Whether the row, or a sealed batch, has `createdAtMs` and what else is fixed at the start: see `InstanceWrite.sameStart`. */
  startWritten = false;
  /** The length of the stored state. `LiveInstances` counts it. */
  bytes = 0;
  /** The last batch that wrote the instance or holds an outcome of it. The instance stays in memory until that batch is committed. */
  lastBatch = 0;
  /** Whether the instance was used since the evictor visited it last. */
  used = true;
  /** The part of the queue that waits in the table, behind the part in memory. `undefined` if the whole queue is in memory. */
  spill: Spill | undefined = undefined;

  constructor(
    readonly id: string,
    readonly partition: number,
  ) {}

  /** Whether a message waits for the instance or runs in it. */
  abstract get busy(): boolean;
  /** The number of messages that wait for the instance in memory. */
  abstract get waiting(): number;
}

/** The attempts of one operation, in memory only: after a crash the operation starts again with the first attempt. */
export interface Attempts {
  readonly rule: AttemptRule;
  /** The monotonic time when the first attempt started. */
  readonly startedMs: number;
  failed: number;
}

export interface NextAttempt {
  readonly attempts: Attempts;
  /** The monotonic time when the interval has passed. */
  readonly atMs: number;
  /** Whether the interval has passed, so that the attempt starts as soon as it may. */
  due: boolean;
}

export interface SuspendedOperation {
  /** `undefined` if the operation has one attempt without a time limit. */
  readonly attempts: Attempts | undefined;
  /** The state before an external operation. The cell may hold its outcome before the open batch does. */
  readonly before: { readonly state: string | undefined } | undefined;
}

/** Idle entities fill the memory of a host, so what only a running operation needs is in objects of its own. */
export class LiveEntity extends LiveBase {
  readonly mailbox = new Mailbox<Message<MailboxMessage>>();
  /** `undefined` if no named signal has waited since the entity was loaded. */
  named: SignalNames | undefined = undefined;

  /** `undefined` while the entity loads, and if its name is not registered here. Then operations wait, and locks still work. */
  cell: EntityCell | undefined = undefined;
  /** The stored state of an entity without a cell. */
  storedState: string | undefined = undefined;
  /** The hub time from which the state counts as absent. `undefined` if it does not expire. */
  expiresAtMs: number | undefined = undefined;
  /** The message that runs, or waits for its next attempt. */
  running: Message<MailboxMessage> | undefined = undefined;
  /** The operation that runs and has returned a promise. `undefined` while the entity waits for the next attempt. */
  suspended: SuspendedOperation | undefined = undefined;
  /** The monotonic start time of the last attempt, or `untimed` or `unsampled` of `operation-timing.ts`. */
  startedMs = 0;
  /** Hub time of the start of the last attempt of an external operation. */
  startedAtMs = 0;
  /** The next attempt of the running message, while the entity waits for it. */
  next: NextAttempt | undefined = undefined;
  private earlyOnes: Message<EntityMessage>[] | undefined = undefined;

  constructor(
    id: string,
    partition: number,
    /** In lower case. Entities of one program share the text. */
    readonly name: string,
    readonly program: EntityProgram | undefined,
  ) {
    super(id, partition);
  }

  get kind(): 'entity' {
    return 'entity';
  }

  /** Made from the id at each use: a text of its own would stay in memory. */
  get key(): string {
    return this.id.slice(this.name.length + 2);
  }

  get busy(): boolean {
    return this.loading || this.running !== undefined || this.waiting > 0 || this.spill !== undefined;
  }

  get waiting(): number {
    return this.mailbox.size + (this.earlyOnes?.length ?? 0);
  }

  /** Keeps a message that arrives while the entity loads. Its meaning depends on the lock, which is not known yet. */
  addEarly(message: Message<EntityMessage>): void {
    (this.earlyOnes ??= []).push(message);
  }

  takeEarly(): readonly Message<EntityMessage>[] {
    const { earlyOnes = [] } = this;
    this.earlyOnes = undefined;
    return earlyOnes;
  }

  /**
   * Whether a message does not wait behind messages in the table: a message of the lock holder, a release whose request is in memory, or a
   * message that acts on named signals.
   */
  bypassesQueue({ body }: Message<EntityMessage>): boolean {
    if (isNameMessage(body)) return true;
    const { owner } = body;
    if (owner === undefined) return false;
    const { holder } = this.mailbox;
    if (holder !== undefined && sameOwner(holder, owner)) return true;
    return body.kind === 'release' && this.mailbox.asks(owner);
  }

  /** Removes the messages behind the first `kept` ones, and returns them in order. */
  cut(kept: number): Message<MailboxMessage>[] {
    return this.mailbox.cut(kept);
  }
}

export class LiveRun extends LiveBase {
  queue: Message<RunMessage>[] = [];
  head = 0;
  /** The stored sub-orchestrations, read for a command. `undefined` if they have not been read. */
  children: readonly { readonly id: string; readonly ended: boolean }[] | undefined = undefined;
  /** The input of the present execution, if the history holds it and the run has not ended. */
  input: string | undefined = undefined;
  /** The status of the row, or of a sealed batch. `undefined` before the first write. */
  statusWritten: string | undefined = undefined;
  /** The tags that were written last. */
  tagsWritten: RunTags | undefined = undefined;
  /** When this execution ended, if it has. */
  end: { readonly execution: string; readonly atMs: number; readonly activeMs: number } | undefined = undefined;
  /** `undefined` if there is no such orchestration. */
  record: RunRecord | undefined = undefined;
  ledger: ExecutionLedger;
  session: OrchestrationSession | undefined = undefined;
  /** History events that have not been replayed yet in this term. `undefined` once replay is complete. */
  pendingReplay: readonly HistoryEvent[] | undefined = undefined;
  /** Whether the log already says that the code is not registered here. */
  reported = false;
  /** Whether the code received an event and has not been drained. The code gets the next event after the drain. */
  fed = false;
  /** History events of the open batch. */
  events: HistoryEvent[] = [];
  /**
   * A failure from outside of a turn: replay found a difference, or the code awaited something other than a durable task. The execution
   * fails at its next visit.
   */
  failure: { readonly execution: string; readonly error: unknown } | undefined = undefined;
  /** Messages that arrived while the part in the table was read back. Their place is behind it. */
  readonly early: Message<RunMessage>[] = [];
  /** Messages that arrived while the orchestration was suspended, in order, without commands. */
  held: Message<RunMessage>[] = [];
  /** The results that a rewound execution keeps of the failed execution. */
  kept: RewindResults | undefined = undefined;
  /** The history of the execution, read for a rewind. `undefined` if it has not been read. */
  past: readonly HistoryEvent[] | undefined = undefined;

  constructor(id: string, partition: number) {
    super(id, partition);
    this.ledger = new ExecutionLedger(id, '');
  }

  get kind(): 'orchestration' {
    return 'orchestration';
  }

  get busy(): boolean {
    return this.loading || this.failure !== undefined || this.waiting > 0 || this.spill !== undefined;
  }

  get waiting(): number {
    return this.queue.length - this.head + this.held.length + this.early.length;
  }

  /** Whether a message does not wait behind messages in the table. */
  bypassesQueue({ body }: Message<RunMessage>): boolean {
    return body.kind === 'start' || body.kind === 'begin' || goesFirst(body);
  }

  /** Whether a command of an operator waits. */
  get commanded(): boolean {
    return this.queue.some(({ body, done }, index) => index >= this.head && !done && isCommand(body));
  }

  /** Removes the messages behind the first `kept` ones, and returns them in order. */
  cut(kept: number): Message<RunMessage>[] {
    const queue = this.queue.slice(this.head);
    const later = queue.filter((message) => !this.bypassesQueue(message));
    const room = Math.max(0, kept - this.held.length);
    const cut = new Set(later.slice(room));
    this.queue = queue.filter((message) => !cut.has(message));
    this.head = 0;
    return [...this.held.splice(kept), ...cut];
  }

  add(message: Message<RunMessage>): void {
    if (!goesFirst(message.body)) this.queue.push(message);
    else {
      // The message acts on arrival, before waiting events. Its place is behind the start, and behind earlier commands.
      const before = this.queue.findLastIndex(
        ({ body }, index) => index >= this.head && (body.kind === 'start' || goesFirst(body)),
      );
      this.queue.splice(before < 0 ? this.head : before + 1, 0, message);
    }
  }

  /** Adds a message behind those that are being read back from the table, unless it bypasses the queue. */
  addBehind(message: Message<RunMessage>): void {
    if (this.bypassesQueue(message)) this.add(message);
    else this.early.push(message);
  }

  /** Holds a message until the orchestration is resumed. */
  hold(message: Message<RunMessage>): void {
    this.held.push(message);
  }

  /** Puts the held messages before all later messages, apart from commands. */
  releaseHeldMessages(): void {
    if (this.held.length === 0) return;
    const later = this.queue.slice(this.head);
    const commands = later.findLastIndex(({ body }) => body.kind === 'start' || goesFirst(body)) + 1;
    this.queue = [...later.slice(0, commands), ...this.held, ...later.slice(commands)];
    this.held = [];
    this.head = 0;
  }

  /** Whether a start message waits. */
  get starts(): boolean {
    return this.waitingStart !== undefined;
  }

  get waitingStart(): (RunMessage & { kind: 'start' }) | undefined {
    for (let i = this.head; i < this.queue.length; i++) {
      const { body, done } = this.queue[i] as Message<RunMessage>;
      if (body.kind === 'start' && !done) return body;
    }
    return undefined;
  }

  peek(): Message<RunMessage> | undefined {
    return this.queue[this.head];
  }

  take(): Message<RunMessage> | undefined {
    // Often there is one message. `pop` keeps the memory of the array for the next one.
    if (this.queue.length === 1) return this.queue.pop();
    const message = this.queue[this.head];
    if (message === undefined) return undefined;
    this.head++;
    if (this.head === this.queue.length) {
      this.queue.length = 0;
      this.head = 0;
    } else if (this.head >= 64) {
      this.queue.splice(0, this.head);
      this.head = 0;
    }
    return message;
  }
}

function goesFirst(body: RunMessage): boolean {
  return body.kind === 'recall' || isCommand(body);
}

export type LiveInstance = LiveEntity | LiveRun;
