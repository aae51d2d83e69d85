/**
 * The open batch: everything that the next commit will write.
 *
 * A batch is closed: when it is sealed it holds, for every message that was accepted or produced since the last batch, either all effects
 * of the message or its inbox row. The message of a running operation counts as waiting.
 */
import { isEntityId, type MessageBody } from '../model/messages.js';
import type { CommitBatch, DeadLetter, InboxWrite, Receipt } from '../ports/store.js';
import type { LiveEntity, LiveInstance } from '../live/live-instance.js';
import type { Message } from '../live/message.js';
import type { OperationObservation } from '../../../hub/observer.js';
import type { BatchCounts } from '../../../hub/operation-counts.js';
import type { Submission } from '../inbox/submission.js';

/** A receipt that may still change until the batch is sealed. */
export type NotedReceipt = { -readonly [Field in keyof Receipt]: Receipt[Field] };

/** The parts of a batch that only retention writes. */
export type Retention = {
  -readonly [Field in 'receiptsExpired' | 'workersEnded' | 'workersDeleted']?: NonNullable<CommitBatch[Field]>;
};

export class OpenBatch {
  /** How many messages the batch may write as rows: messages of clients, and messages from instances that wait. */
  messages = 0;
  /** The approximate size of these messages, in UTF-16 code units. */
  bytes = 0;
  /** How many of these messages wait for orchestrations. */
  runMessages = 0;
  /** The time that turns have spent on this batch, in milliseconds. */
  computingMs = 0;
  /** Client messages admitted into this batch, in order. */
  readonly accepted: Submission[] = [];
  /**
   * Messages delivered in this batch that have no row, apart from most of the finished ones. Sealing gives a row to each that still waits.
   */
  fresh: Message[] = [];
  private freshDone = 0;
  /** Whether any message was delivered in this batch. */
  private delivered = false;
  /** Messages for the partitions of other workers, in the order in which they were sent. */
  readonly away: Message[] = [];
  /** The processes whose clients get answers from this batch, as receipts. */
  readonly answered = new Set<string>();
  /** Messages read from the table into memory. Sealing writes the place of each that still waits. */
  readonly adopted = new Set<Message>();
  /** Messages whose rows are in this batch, and which do not stay in memory. */
  readonly spilled: Message[] = [];
  /** Rows of scheduled messages, by id. */
  readonly scheduled = new Map<number, InboxWrite>();
  readonly consumed: number[] = [];
  readonly dirty = new Set<LiveInstance>();
  readonly historyDeleted: string[] = [];
  /** The last receipt of each key: by the entry of the cache, or by a text for an answer to another process. */
  readonly receipts = new Map<object | string, Receipt>();
  /** The first client messages with their request ids, by their receipts. */
  readonly firsts = new Map<NotedReceipt, Submission>();
  /** Callbacks that run after the commit, in order: replies, results of commands, logs, notifications. */
  readonly afterCommit: (() => void)[] = [];
  /** Operations that have ended, for the observer. A callback after the commit reports them. */
  readonly operations: OperationObservation[] = [];
  /** For observers that count. `undefined` before there is anything to count. */
  counts: BatchCounts | undefined = undefined;
  /** Numbers of attempts by row id, in cautious work. */
  readonly attempted = new Map<number, number>();
  readonly deadLetters: DeadLetter[] = [];
  readonly deadLettersDeleted: number[] = [];
  /** Partitions that have done healthy work. */
  healthy: readonly number[] = [];
  /** The rows that retention deletes with this batch. */
  readonly retention: Retention = {};
  /** External entities that may have work once this batch is committed. */
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
      this.healthy.length === 0 &&
      this.retention.receiptsExpired === undefined &&
      this.retention.workersEnded === undefined &&
      this.retention.workersDeleted === undefined &&
      this.afterCommit.length === 0
    );
  }

  /** Adds a message that has no row. Sealing gives it one if it still waits. */
  add(message: Message): void {
    this.fresh.push(message);
    this.delivered = true;
    this.messages++;
    this.bytes += sizeOf(message.body);
    if (isForRun(message)) this.runMessages++;
  }

  /** Adds a message for the partition of another worker. Sealing gives it a row. */
  addAway(message: Message): void {
    this.away.push(message);
    this.delivered = true;
    this.messages++;
    this.bytes += sizeOf(message.body);
  }

  /** Counts a message as finished: all its effects are in this batch, and it needs no row. */
  settle(message: Message): void {
    this.freshDone++;
    if (this.freshDone >= 512 && this.freshDone * 2 >= this.fresh.length) this.forgetDone();
    if (isForRun(message)) this.runMessages--;
    // Messages of clients stay counted, because their clients wait for the commit.
    if (!isInternal(message.body)) return;
    this.messages--;
    this.bytes -= sizeOf(message.body);
  }

  /** Drops finished messages early: collecting young garbage is cheap, and it is not when the batch is sealed. */
  private forgetDone(): void {
    this.fresh = this.fresh.filter((message) => !message.done);
    this.freshDone = 0;
  }

  /** Deletes the row of a message. A row that this batch would have written is not written at all. */
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

/** Whether the message belongs to a call or a lock between an orchestration and an entity. */
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
