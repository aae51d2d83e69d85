/**
 * Cautious work, which finds a poison message after repeated deaths of the process: one message at a time, and each attempt is committed
 * before it begins.
 *
 *   nothing chosen --a durable message asks--> chosen (attempt in the open batch) --committed--> may run --consumed--> nothing chosen
 *
 * Where several workers share a database, work is cautious in the partitions that were taken over repeatedly, and all other partitions go on
 * as usual. So one poison message does not slow a whole fleet.
 *
 * Every other message of a cautious partition waits, and asks again after the next commit. An attempt that is still open when the process is gone was ended by the
 * death of the process. Beside other partitions, the last attempt runs alone, so that no other work can be at fault. A message that has used up its
 * attempts is abandoned: it becomes a dead letter.
 */
import { MessageAbandonedError } from '../../../errors/index.js';
import { quoted } from '../../../errors/text.js';
import { partitionOf } from '../core/partition.js';
import { attemptGivenBackMs, isCautious, isHealthy, isLastAttempt, isUsedUp } from '../core/poison.js';
import type { Clock, Timer } from '../../../ports/clock.js';
import type { OpenBatch } from '../commit/open-batch.js';
import type { LiveInstance } from '../live/live-instance.js';
import type { Message } from '../live/message.js';
import type { OwnedPartition, Ownership } from '../live/ownership.js';
import type { Refusals } from '../core/refusals.js';

/** How long messages that the storage refused wait, so that other messages come first. */
const othersFirstMs = 100;

/** The parts of the worker term that cautious work needs. */
export interface CautiousWork {
  readonly ports: { readonly clock: Clock };
  readonly batch: OpenBatch;
  readonly committedSeq: number;
  readonly ended: Error | undefined;
  /** Whether several workers may own partitions at the same time. */
  readonly shared: boolean;
  readonly ownership: Pick<Ownership, 'numbers' | 'owns' | 'partitionCount'>;
  /** The activities and external operations that run now. */
  readonly outside: { readonly count: number };
  markReady(instance: LiveInstance): void;
  wake(): void;
}

/** By row: the attempts before this process tried the message, and the partition of the row. */
export type AttemptsBefore = Map<number, { readonly attempts: number; readonly partition: number }>;

/** Partitions whose former owners may have died of their messages. On a database with one worker these are all partitions together. */
interface Suspect {
  readonly partitions: readonly number[];
  /** Whether messages run one at a time. */
  readonly cautious: boolean;
  /** The monotonic time when the worker gained the partitions. */
  readonly sinceMs: number;
  messages: number;
}

/** The number of the only suspect of a database with one worker. */
const allPartitions = -1;

export class Caution {
  /** Whether work is cautious now, in some partition at least. */
  active = false;
  /** By partition. */
  private readonly suspects = new Map<number, Suspect>();
  /** Whether the storage has refused a batch, so that the next ones hold the effects of one message each. */
  private refusing: boolean;
  private chosen: Message | undefined;
  /** Timer that clears the suspicion against the chosen message while it waits for I/O. */
  private patience: Timer | undefined;
  /** The batch that holds the attempt of the chosen message. */
  private chosenIn = 0;
  /** Runs while other messages than those that the storage refused come first. */
  private turn: Timer | undefined;
  private readonly blocked = new Set<LiveInstance>();
  /** Rows of messages that were allowed to run, with the batch that holds their effects. 0 if there is no such batch yet. */
  private readonly ran = new Map<number, number>();
  private messages = 0;
  /** The monotonic time when messages began to run: before that, nothing shows whether they end the process. */
  private startedMs = Number.POSITIVE_INFINITY;

  constructor(
    private readonly term: CautiousWork,
    private readonly attemptsBefore: AttemptsBefore,
    private readonly refusals: Refusals,
  ) {
    this.refusing = refusals.suspected;
    for (const [row, { partition }] of attemptsBefore) if (!term.ownership.owns(partition)) attemptsBefore.delete(row);
    this.look();
  }

  /** Notes partitions that the worker owns from now on. */
  gained(gained: readonly OwnedPartition[]): void {
    const suspected = gained.filter(({ crashes }) => crashes > 0);
    if (this.term.shared) {
      for (const each of suspected) this.suspect(each.partition, [each], [each.partition]);
    } else if (suspected.length > 0) this.suspect(allPartitions, gained, this.term.ownership.numbers);
    this.look();
  }

  private suspect(key: number, rows: readonly OwnedPartition[], partitions: readonly number[]): void {
    const cautious = rows.some(({ crashes }) => isCautious(crashes));
    this.suspects.set(key, { partitions, cautious, sinceMs: rows[0]?.gainedMs ?? 0, messages: 0 });
  }

  /** Called before partitions are given away with the open batch: the next worker gets their messages without an open attempt. */
  leaves(partitions: ReadonlySet<number>): void {
    if (this.chosen !== undefined && partitions.has(this.partitionOf(this.chosen))) this.giveBack();
  }

  /** Forgets partitions that another worker owns from now on. */
  lost(partitions: ReadonlySet<number>): void {
    for (const [row, { partition }] of this.attemptsBefore)
      if (partitions.has(partition)) this.attemptsBefore.delete(row);
    for (const partition of partitions) this.suspects.delete(partition);
    for (const instance of this.blocked) if (partitions.has(instance.partition)) this.blocked.delete(instance);
    this.look();
  }

  private look(): void {
    this.active = this.refusing || [...this.suspects.values()].some(({ cautious }) => cautious);
  }

  private suspectOf(message: Message, instance?: LiveInstance): Suspect | undefined {
    if (this.suspects.size === 0) return undefined;
    return this.suspects.get(this.term.shared ? this.partitionOf(message, instance) : allPartitions);
  }

  private partitionOf({ body, target }: Message, instance?: LiveInstance): number {
    const home = body.kind === 'activity' ? body.instance : target;
    return instance?.partition ?? partitionOf(home, this.term.ownership.partitionCount);
  }

  /** Notes that messages may run from now on. */
  begin(): void {
    this.startedMs = this.term.ports.clock.monotonicMs();
  }

  /** Whether this message may run now. `wait` means that its instance is visited again after a commit. */
  permit(instance: LiveInstance | undefined, message: Message): 'run' | 'wait' | 'abandon' {
    if (!this.active) return 'run';
    const { shared } = this.term;
    const alone = shared && this.chosen !== undefined && isLastAttempt(this.chosen.attempts);
    if (message === this.chosen && this.chosenIn <= this.term.committedSeq) {
      if (!alone || this.term.outside.count === 0) {
        this.ran.set(message.row, 0);
        return 'run';
      }
      // It is visited again after the commit of what runs outside.
    } else if (!alone && !this.refusing && this.suspectOf(message, instance)?.cautious !== true) return 'run';
    else if (this.chosen === undefined && message.durable) {
      const verdict = this.refusals.verdict(message.row);
      if (isUsedUp(message.attempts) || verdict === 'given up') return 'abandon';
      if (verdict === 'try') this.choose(message);
      else if (this.othersHadTheirTurn()) {
        this.refusals.waitingSinceMs = undefined;
        this.choose(message);
      }
    }
    if (instance !== undefined) this.blocked.add(instance);
    return 'wait';
  }

  /** Whether messages of this target run one at a time now. */
  isCautiousFor(target: string): boolean {
    if (!this.active || this.refusing) return this.active;
    const key = this.term.shared ? partitionOf(target, this.term.ownership.partitionCount) : allPartitions;
    return this.suspects.get(key)?.cautious === true;
  }

  /** How often processes that are gone have tried the message. */
  attemptsOf(row: number, stored: number): number {
    return this.attemptsBefore.get(row)?.attempts ?? stored;
  }

  /**
   * Rows that this process has tried, with their numbers of attempts before. This process is alive, so its own attempts ended no process.
   */
  get attemptsToGiveBack(): (readonly [row: number, attempts: number])[] {
    return [...this.attemptsBefore].map(([row, { attempts }]) => [row, attempts]);
  }

  /**
   * Whether other messages came first for long enough. However many of them there are, and however often a term ends meanwhile: the turn
   * of the others ends.
   */
  private othersHadTheirTurn(): boolean {
    const { clock } = this.term.ports;
    const nowMs = clock.monotonicMs();
    const sinceMs = (this.refusals.waitingSinceMs ??= nowMs);
    const leftMs = sinceMs + othersFirstMs - nowMs;
    if (leftMs <= 0) return true;
    this.turn ??= clock.setTimer(leftMs, () => {
      this.turn = undefined;
      this.askAgain();
    });
    return false;
  }

  private choose(message: Message): void {
    if (!this.attemptsBefore.has(message.row)) {
      const partition = this.partitionOf(message);
      this.attemptsBefore.set(message.row, { attempts: message.attempts, partition });
    }
    message.attempts++;
    this.chosen = message;
    this.chosenIn = this.term.batch.seq;
    this.term.batch.attempted.set(message.row, message.attempts);
  }

  /** Notes that the effects of this message are in a batch. */
  consumed(message: Message): void {
    this.messages++;
    const suspect = this.suspectOf(message);
    if (suspect !== undefined) suspect.messages++;
    if (this.ran.has(message.row)) this.ran.set(message.row, this.term.batch.seq);
    if (message === this.chosen) this.free();
  }

  /** Notes that the message waits for I/O. If it still waits after a second, the message is no longer suspected, and others may run. */
  awaits(message: Message): void {
    if (message !== this.chosen) return;
    this.patience = this.term.ports.clock.setTimer(attemptGivenBackMs, () => {
      if (message === this.chosen && this.term.ended === undefined) this.giveBack();
    });
  }

  /** Notes that an attempt failed without ending the process. Until the next attempt others may run. */
  attemptWaits(message: Message): void {
    if (message === this.chosen) this.giveBack();
  }

  /** Notes that the storage refused this batch for good. A refusal ends no process: refusals are counted separately, across terms. */
  refused(batch: number, reason: Error): void {
    const rows = [...this.ran].flatMap(([row, ranIn]) => (ranIn === batch ? [row] : []));
    // Messages that ran beside others, before work was cautious, are not known to be at fault.
    if (this.refusing || (this.active && !this.term.shared)) this.refusals.refused(rows, reason);
    else this.refusals.suspected = true;
  }

  /** The reason why this message is given up. */
  abandonedError(message: Message): MessageAbandonedError {
    const { target, attempts } = message;
    const reason = this.refusals.reasonOf(message.row);
    if (reason === undefined || isUsedUp(attempts)) return new MessageAbandonedError(target, attempts);
    const told = `A message to ${quoted(target)} was given up: the storage refuses its effects. ${reason}`;
    return new MessageAbandonedError(target, attempts, told);
  }

  /**
   * Notes the next message of an instance. Another chosen message of that instance was overtaken by a command, and may have to wait for
   * long.
   */
  isNext(instance: LiveInstance, message: Message): void {
    if (this.chosen !== undefined && this.chosen !== message && this.chosen.target === instance.id) this.giveBack();
  }

  /** Keeps the message, with all its attempts again. */
  forgive(message: Message): void {
    message.attempts = 0;
    this.attemptsBefore.delete(message.row);
    this.term.batch.attempted.set(message.row, 0);
  }

  /** Releases the chosen message, which will not run, or has shown that it does not end its process. */
  giveBack(): void {
    const { chosen } = this;
    if (chosen === undefined) return;
    if (!chosen.done) this.term.batch.attempted.set(chosen.row, --chosen.attempts);
    this.free();
    this.term.wake();
  }

  private free(): void {
    this.chosen = undefined;
    this.patience?.cancel();
    this.patience = undefined;
    this.askAgain();
  }

  /** Lets waiting instances ask again after a commit. */
  committed(): void {
    for (const [row, ranIn] of this.ran) {
      if (ranIn === 0 || ranIn > this.term.committedSeq) continue;
      this.ran.delete(row);
      this.attemptsBefore.delete(row);
      this.refusals.stored(row);
    }
    if (this.refusing || this.suspects.size > 0) this.forgetHealthy();
    this.askAgain();
  }

  private forgetHealthy(): void {
    const nowMs = this.term.ports.clock.monotonicMs();
    if (this.refusing && isHealthy(this.messages, nowMs - this.startedMs)) {
      this.refusing = false;
      this.refusals.healthy();
    }
    const healthy: number[] = [];
    for (const [key, { partitions, messages, sinceMs }] of this.suspects) {
      if (!isHealthy(messages, nowMs - Math.max(sinceMs, this.startedMs))) continue;
      this.suspects.delete(key);
      for (const partition of partitions) healthy.push(partition);
    }
    if (healthy.length > 0) {
      this.term.batch.healthy = [...this.term.batch.healthy, ...healthy];
      this.term.wake();
    }
    this.look();
  }

  private askAgain(): void {
    if (this.blocked.size === 0) return;
    const blocked = [...this.blocked];
    this.blocked.clear();
    for (const instance of blocked) this.term.markReady(instance);
  }
}
