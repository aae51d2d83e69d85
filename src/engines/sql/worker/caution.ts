/**
 * Cautious work, which finds a poison message after repeated deaths of the process: one message at a time, and each attempt is committed
 * before it begins.
 *
 *   none chosen --a durable message asks--> chosen (attempt in the open batch) --committed--> may run --consumed--> none chosen
 *
 * Every other message waits, and asks again after the next commit. An attempt that is still open when the process is gone was ended by the
 * death of the process. A message that has used up its attempts is abandoned: it becomes a dead letter.
 */
import { MessageAbandonedError } from '../../../errors/index.js';
import { quoted } from '../../../errors/text.js';
import { attemptGivenBackMs, isHealthy, isUsedUp } from '../core/poison.js';
import type { Clock, Timer } from '../../../ports/clock.js';
import type { OpenBatch } from '../commit/open-batch.js';
import type { LiveInstance } from '../live/live-instance.js';
import type { Message } from '../live/message.js';
import type { Refusals } from '../core/refusals.js';

/** How long messages that the storage refused wait for others to come first. */
const othersFirstMs = 100;

/** What caution needs of the worker's term. */
export interface CautiousWork {
  readonly ports: { readonly clock: Clock };
  readonly batch: OpenBatch;
  readonly committedSeq: number;
  readonly ended: Error | undefined;
  markReady(instance: LiveInstance): void;
  wake(): void;
}

export class Caution {
  /** Whether work is cautious now. */
  active: boolean;
  private chosen: Message | undefined;
  /** Ends the suspicion of the chosen one, while it awaits something. */
  private patience: Timer | undefined;
  /** The batch that holds the attempt of the chosen one. */
  private chosenIn = 0;
  /** While others than those that the storage refused come first. */
  private turn: Timer | undefined;
  private othersHadTheirTurn = false;
  private readonly blocked = new Set<LiveInstance>();
  /** Rows of messages that were let run, with the batch that holds their effects; 0: none yet. */
  private readonly ran = new Map<number, number>();
  private messages = 0;
  /** There is something to be forgotten once work is healthy. */
  private counting: boolean;
  private readonly startedMs: number;

  constructor(
    private readonly term: CautiousWork,
    crashes: number,
    cautious: boolean,
    private readonly attemptsBefore: Map<number, number>,
    private readonly refusals: Refusals,
  ) {
    this.active = cautious || refusals.suspected;
    this.counting = crashes > 0 || refusals.suspected;
    this.startedMs = term.ports.clock.monotonicMs();
  }

  /** Whether this message may run now. `wait`: its instance is visited again after a commit. */
  permit(instance: LiveInstance | undefined, message: Message): 'run' | 'wait' | 'abandon' {
    if (!this.active) return 'run';
    if (message === this.chosen && this.chosenIn <= this.term.committedSeq) {
      this.ran.set(message.row, 0);
      return 'run';
    }
    if (this.chosen === undefined && message.durable) {
      const verdict = this.refusals.verdict(message.row);
      if (isUsedUp(message.attempts) || verdict === 'given up') return 'abandon';
      if (verdict === 'later' && !this.othersHadTheirTurn) this.letOthers();
      else this.choose(message);
    }
    if (instance !== undefined) this.blocked.add(instance);
    return 'wait';
  }

  /** How often the message was tried by processes that are gone. */
  attemptsOf(row: number, stored: number): number {
    return this.attemptsBefore.get(row) ?? stored;
  }

  /** Rows that this process has tried, and what they had before: it is alive, so none of its own attempts ended a process. */
  get attemptsToGiveBack(): (readonly [row: number, attempts: number])[] {
    return [...this.attemptsBefore];
  }

  /** Others than those that the storage refused are asked for first. */
  private letOthers(): void {
    this.turn ??= this.term.ports.clock.setTimer(othersFirstMs, () => {
      this.othersHadTheirTurn = true;
      this.askAgain();
    });
  }

  private choose(message: Message): void {
    this.turn?.cancel();
    this.turn = undefined;
    this.othersHadTheirTurn = false;
    if (!this.attemptsBefore.has(message.row)) this.attemptsBefore.set(message.row, message.attempts);
    message.attempts++;
    this.chosen = message;
    this.chosenIn = this.term.batch.seq;
    this.term.batch.attempted.set(message.row, message.attempts);
  }

  /** The effects of this message are in a batch. */
  consumed(message: Message): void {
    this.messages++;
    if (this.ran.has(message.row)) this.ran.set(message.row, this.term.batch.seq);
    if (message === this.chosen) this.free();
  }

  /** It runs and awaits something outside: after a while it is no longer suspected, and others may run. */
  awaits(message: Message): void {
    if (message !== this.chosen) return;
    this.patience = this.term.ports.clock.setTimer(attemptGivenBackMs, () => {
      if (message === this.chosen && this.term.ended === undefined) this.giveBack();
    });
  }

  /** It failed without ending its process, and is tried again later: until then others may run. */
  rests(message: Message): void {
    if (message === this.chosen) this.giveBack();
  }

  /** This batch was refused for good. That ended nobody: it counts by itself, in whatever term. */
  refused(batch: number, reason: Error): void {
    const rows = [...this.ran].flatMap(([row, ranIn]) => (ranIn === batch ? [row] : []));
    // What ran beside others before work was cautious is not known to be at fault.
    if (this.active) this.refusals.refused(rows, reason);
    else this.refusals.suspected = true;
  }

  /** Why this message is given up. */
  abandonedError(message: Message): MessageAbandonedError {
    const { target, attempts } = message;
    const reason = this.refusals.reasonOf(message.row);
    if (reason === undefined || isUsedUp(attempts)) return new MessageAbandonedError(target, attempts);
    const told = `A message to ${quoted(target)} was given up: the storage refuses what it writes. ${reason}`;
    return new MessageAbandonedError(target, attempts, told);
  }

  /** This one is the next of its instance: whatever was chosen there has been overtaken (by a command), and may have to wait for long. */
  isNext(instance: LiveInstance, message: Message): void {
    if (this.chosen !== undefined && this.chosen !== message && this.chosen.target === instance.id) this.giveBack();
  }

  /** The message is kept, and may be tried as often again. */
  forgive(message: Message): void {
    message.attempts = 0;
    this.attemptsBefore.delete(message.row);
    this.term.batch.attempted.set(message.row, 0);
  }

  /** The chosen one will not run, or has shown that it does not end its process. */
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

  /** A batch is committed: those who wait ask again. */
  committed(): void {
    for (const [row, ranIn] of this.ran) {
      if (ranIn === 0 || ranIn > this.term.committedSeq) continue;
      this.ran.delete(row);
      this.attemptsBefore.delete(row);
      this.refusals.stored(row);
    }
    if (this.counting && isHealthy(this.messages, this.term.ports.clock.monotonicMs() - this.startedMs)) {
      this.counting = false;
      this.refusals.healthy();
      this.active = false;
      this.term.batch.healthy = true;
      this.term.wake();
    }
    this.askAgain();
  }

  private askAgain(): void {
    if (this.blocked.size === 0) return;
    const blocked = [...this.blocked];
    this.blocked.clear();
    for (const instance of blocked) this.term.markReady(instance);
  }
}
