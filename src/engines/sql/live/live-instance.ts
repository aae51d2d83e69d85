import { ExecutionLedger } from '../core/execution-ledger.js';
import { Mailbox } from '../core/mailbox.js';
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
  /** Everything in it has a greater arrival. */
  after: number;
  /** How many messages that is. */
  count: number;
  /** The last batch that holds one of its rows. */
  lastBatch: number;
  reading: boolean;
}

/** What every instance in memory has. `loading` until its row was read; messages wait meanwhile. */
abstract class LiveBase {
  loading = true;
  /** Why its row cannot be read: it stays loading for ever. */
  damage: Error | undefined = undefined;
  damageTold = false;
  /** In the list of those that have work. */
  ready = false;
  /** In the open batch's list of those to be written. */
  dirty = false;
  /** Version of its row, counting the sealed batches; 0: no row. */
  version = 0;
  createdAtMs = 0;
  /** Length of its state as it is stored, counted by `LiveInstances`. */
  bytes = 0;
  /** The last batch that wrote it, or holds an outcome of it. Pinned in memory until that is committed. */
  lastBatch = 0;
  /** Used since the evictor last came by. */
  used = true;
  /** More waits for it than is kept in memory: the rest waits in the table, behind what is here. */
  spill: Spill | undefined = undefined;

  constructor(
    readonly id: string,
    readonly partition: number,
  ) {}

  /** Whether anything waits for it or runs in it. */
  abstract get busy(): boolean;
  /** How many messages wait for it in memory. */
  abstract get waiting(): number;
}

/** Attempts of one operation: in memory only, a crash begins anew. */
export interface Attempts {
  readonly rule: AttemptRule;
  /** Monotonic, of the first. */
  readonly startedMs: number;
  failed: number;
}

export interface NextAttempt {
  readonly attempts: Attempts;
  /** The interval is over: it starts as soon as it may. */
  due: boolean;
}

export class LiveEntity extends LiveBase {
  readonly kind = 'entity';
  readonly mailbox = new Mailbox<Message<MailboxMessage>>();
  /** Inbox rows of scheduled signals that have a name and have not begun to run, by name; undefined: none. */
  named: Map<string, number> | undefined = undefined;
  /** Undefined while loading, and where its name is not registered here: then operations wait, locks work. */
  cell: EntityCell | undefined = undefined;
  /** The state as stored, of an entity without a cell. */
  storedState: string | undefined = undefined;
  /** Hub time from which on the state counts as absent; `undefined`: never, or there is none. */
  expiresAtMs: number | undefined = undefined;
  /** Runs, or waits for its next attempt. */
  running: Message<MailboxMessage> | undefined = undefined;
  /** While an external operation runs: the state without it. The cell may have its outcome before the open batch does. */
  stateBefore: { readonly state: string | undefined } | undefined = undefined;
  /** Monotonic, of the last attempt; 0 where nobody observes. */
  startedMs = 0;
  /** The next attempt of what runs, while it is waited for. */
  next: NextAttempt | undefined = undefined;
  /** Came while it was loading: whether a lock is held, and so what a message means, is not known yet. */
  readonly early: Message<EntityMessage>[] = [];

  constructor(
    id: string,
    partition: number,
    readonly name: string,
    readonly key: string,
    readonly program: EntityProgram | undefined,
  ) {
    super(id, partition);
  }

  get busy(): boolean {
    return this.loading || this.running !== undefined || this.waiting > 0 || this.spill !== undefined;
  }

  get waiting(): number {
    return this.mailbox.size + this.early.length;
  }

  /**
   * Whether a message does not wait behind what is in the table: the holder's, a release whose request is here, and what acts on
   * named signals when it arrives.
   */
  bypassesQueue({ body }: Message<EntityMessage>): boolean {
    if (isNameMessage(body)) return true;
    const { owner } = body;
    if (owner === undefined) return false;
    const { holder } = this.mailbox;
    if (holder !== undefined && sameOwner(holder, owner)) return true;
    return body.kind === 'release' && this.mailbox.asks(owner);
  }

  /** Removes the messages behind the first `kept` ones, and returns them in their order. */
  cut(kept: number): Message<MailboxMessage>[] {
    return this.mailbox.cut(kept);
  }
}

export class LiveRun extends LiveBase {
  readonly kind = 'orchestration';
  queue: Message<RunMessage>[] = [];
  head = 0;
  /** When it ended, if it has. */
  /** Its sub-orchestrations as they are stored, read for a command. */
  children: readonly { readonly id: string; readonly ended: boolean }[] | undefined = undefined;
  /** Its tags as they were written last. */
  tagsWritten: RunTags | undefined = undefined;
  /** When this execution ended, if it has. */
  end: { readonly execution: string; readonly atMs: number; readonly activeMs: number } | undefined = undefined;
  /** Undefined: no such orchestration. */
  record: RunRecord | undefined = undefined;
  ledger: ExecutionLedger;
  session: OrchestrationSession | undefined = undefined;
  /** Its history, of which its code was told nothing in this term; `undefined`: all of it. */
  pendingReplay: readonly HistoryEvent[] | undefined = undefined;
  /** It was reported that its code is not registered here. */
  reported = false;
  /** Its code was fed and has not been drained: it gets its next event after that. */
  fed = false;
  /** Events of the open batch. */
  events: HistoryEvent[] = [];
  /** Set outside of a turn (replay found a difference, the code awaited something foreign): that execution fails at its next visit. */
  failure: { readonly execution: string; readonly error: unknown } | undefined = undefined;
  /** Came while it was read back what waits in the table: it is behind that. */
  readonly early: Message<RunMessage>[] = [];
  /** While it is suspended: what came for it, in order, apart from commands. */
  held: Message<RunMessage>[] = [];
  /** Of a rewound execution: what it keeps of the one that failed. */
  kept: RewindResults | undefined = undefined;
  /** The history of its execution, read for a rewind. */
  past: readonly HistoryEvent[] | undefined = undefined;

  constructor(id: string, partition: number) {
    super(id, partition);
    this.ledger = new ExecutionLedger(id, '');
  }

  get busy(): boolean {
    return this.loading || this.failure !== undefined || this.waiting > 0 || this.spill !== undefined;
  }

  get waiting(): number {
    return this.queue.length - this.head + this.held.length + this.early.length;
  }

  /** Whether a message does not wait behind what is in the table. */
  bypassesQueue({ body }: Message<RunMessage>): boolean {
    return body.kind === 'start' || body.kind === 'begin' || goesFirst(body);
  }

  /** Whether an operator's command waits. */
  get commanded(): boolean {
    return this.queue.some(({ body, done }, index) => index >= this.head && !done && isCommand(body));
  }

  /** Removes the messages behind the first `kept` ones, and returns them in their order. */
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
      // It acts when it arrives, before waiting events; but what it is for must have been started, and commands keep their order.
      const before = this.queue.findLastIndex(
        ({ body }, index) => index >= this.head && (body.kind === 'start' || goesFirst(body)),
      );
      this.queue.splice(before < 0 ? this.head : before + 1, 0, message);
    }
  }

  /** Behind what is read back from the table, unless it goes ahead of everything. */
  addBehind(message: Message<RunMessage>): void {
    if (this.bypassesQueue(message)) this.add(message);
    else this.early.push(message);
  }

  /** Not now: it waits until the run is resumed. */
  hold(message: Message<RunMessage>): void {
    this.held.push(message);
  }

  /** What was held comes before all that came later, apart from commands. */
  releaseHeldMessages(): void {
    if (this.held.length === 0) return;
    const later = this.queue.slice(this.head);
    const commands = later.findLastIndex(({ body }) => body.kind === 'start' || goesFirst(body)) + 1;
    this.queue = [...later.slice(0, commands), ...this.held, ...later.slice(commands)];
    this.held = [];
    this.head = 0;
  }

  /** Whether a start waits. */
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
    // Mostly there is one: so the list keeps its room for the next.
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
