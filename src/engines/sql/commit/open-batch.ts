/**
 * The open batch: what the next commit will write.
 *
 * A batch is closed. When it is sealed it holds, for every message that was accepted or produced since the last batch, either all effects of
 * the message or its inbox row. An operation that runs counts as waiting.
 */
import { isEntityId, type MessageBody } from '../model/messages.js';
import type { CommitBatch, DeadLetter, InboxWrite, Receipt } from '../ports/store.js';
import type { LiveEntity, LiveInstance } from '../live/live-instance.js';
import type { Message } from '../live/message.js';
import type { Submission } from '../inbox/submission.js';

/** A receipt that is still being written. */
export type NotedReceipt = { -readonly [Field in keyof Receipt]: Receipt[Field] };

/** What retention gives to a batch. */
export type Retention = {
  -readonly [Field in 'receiptsExpired' | 'workersEnded' | 'workersDeleted']?: NonNullable<CommitBatch[Field]>;
};

/**
 * The batch being built. It is closed: at sealing it holds, for every message accepted or produced since the last one, either all
 * of the message's effects or its inbox row; running counts as waiting.
 */
export class OpenBatch {
  /** Messages accepted here, and those sent here that wait: each of these becomes a row when it is sealed. */
  messages = 0;
  /** What they hold, about. */
  bytes = 0;
  /** Those of the messages that wait for orchestrations. */
  runMessages = 0;
  /** Time spent on it in turns. */
  computingMs = 0;
  /** Client messages admitted here, in order. */
  readonly accepted: Submission[] = [];
  /** Delivered here and without a row, apart from most of those that are done: those still waiting at sealing get one. */
  fresh: Message[] = [];
  private freshDone = 0;
  /** Whether anything was delivered here. */
  private delivered = false;
  /** Rows taken from the table into memory: those still waiting at sealing get their place. */
  readonly adopted = new Set<Message>();
  /** Messages whose rows it holds and that are not kept in memory. */
  readonly spilled: Message[] = [];
  /** Rows for later (scheduled), by id. */
  readonly scheduled = new Map<number, InboxWrite>();
  readonly consumed: number[] = [];
  readonly dirty = new Set<LiveInstance>();
  readonly historyDeleted: string[] = [];
  readonly receipts = new Map<string, Receipt>();
  /** Client messages with a request id that are no repeats, by the key of their receipt. */
  readonly firsts = new Map<string, { readonly submission: Submission; readonly receipt: NotedReceipt }>();
  /** Runs after the commit, in order: replies, results of commands, logs, notifications. */
  readonly afterCommit: (() => void)[] = [];
  /** Attempts by row, in cautious work. */
  readonly attempted = new Map<number, number>();
  readonly deadLetters: DeadLetter[] = [];
  readonly deadLettersDeleted: number[] = [];
  healthy = false;
  /** Rows whose time is over. */
  readonly retention: Retention = {};
  /** External entities that may have work once this is committed. */
  readonly wake = new Set<LiveEntity>();

  constructor(readonly seq: number) {}

  get empty(): boolean {
    return (
      !this.delivered &&
      this.accepted.length === 0 &&
      this.adopted.size === 0 &&
      this.scheduled.size === 0 &&
      this.consumed.length === 0 &&
      this.dirty.size === 0 &&
      this.historyDeleted.length === 0 &&
      this.receipts.size === 0 &&
      this.attempted.size === 0 &&
      this.deadLettersDeleted.length === 0 &&
      !this.healthy &&
      this.retention.receiptsExpired === undefined &&
      this.retention.workersEnded === undefined &&
      this.retention.workersDeleted === undefined &&
      this.afterCommit.length === 0
    );
  }

  /** A message that has no row: it gets one if it still waits at sealing. */
  add(message: Message): void {
    this.fresh.push(message);
    this.delivered = true;
    this.messages++;
    this.bytes += sizeOf(message.body);
    if (isForRun(message)) this.runMessages++;
  }

  /** A message that was added here has all its effects here: it leaves no row. */
  settle(message: Message): void {
    this.freshDone++;
    if (this.freshDone >= 512 && this.freshDone * 2 >= this.fresh.length) this.forgetDone();
    if (isForRun(message)) this.runMessages--;
    // What clients sent is counted on: they wait for the commit.
    if (!isInternal(message.body)) return;
    this.messages--;
    this.bytes -= sizeOf(message.body);
  }

  /** Nothing else holds them: they are garbage while they are young, which is cheap, and not when the batch is sealed. */
  private forgetDone(): void {
    this.fresh = this.fresh.filter((message) => !message.done);
    this.freshDone = 0;
  }

  /** The row is not needed any more; one that this batch would have written is not written at all. */
  consume(row: number): 'deleted' | 'never written' {
    if (this.scheduled.delete(row)) return 'never written';
    this.consumed.push(row);
    this.attempted.delete(row);
    return 'deleted';
  }
}

function sizeOf(body: MessageBody): number {
  const value = 'input' in body ? body.input : body.kind === 'answer' && body.answer.ok ? body.answer.value : undefined;
  return 160 + (value?.length ?? 0);
}

function isForRun({ target, body }: Message): boolean {
  return body.kind !== 'activity' && !isEntityId(target);
}

/** What orchestrations and entities say to each other about calls and locks. */
function isInternal(body: MessageBody): boolean {
  switch (body.kind) {
    case 'operation':
      return body.reply?.to === 'run';
    case 'answer':
    case 'lock':
    case 'grant':
    case 'release':
      return true;
    default:
      return false;
  }
}
