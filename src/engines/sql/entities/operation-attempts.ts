/** Applies the retry policy and time limits of operations. Attempts are in memory only: after a crash they start again from the first. */
import { whenAborted } from '../../../core/when-aborted.js';
import { decodeError } from '../../../model/error-details.js';
import type { MailboxMessage } from '../model/messages.js';
import { setLongTimer, type Timer } from '../../../ports/clock.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { Attempts, LiveEntity } from '../live/live-instance.js';
import type { Message } from '../live/message.js';

export class OperationAttempts {
  /** Timers of time limits and of waits for the next attempt. */
  private readonly timers = new Set<Timer>();

  constructor(private readonly term: WorkerTerm) {
    whenAborted(term.environment.signal, () => {
      for (const timer of this.timers) timer.cancel();
      this.timers.clear();
    });
  }

  /** `undefined` if the operation has one attempt without a time limit. */
  begin({ program }: LiveEntity, operation: string): Attempts | undefined {
    const rule = program?.attemptsOf(operation);
    return rule && { rule, startedMs: this.term.ports.clock.monotonicMs(), failed: 0 };
  }

  /** Calls back when an attempt that begins now reaches its time limit. `undefined` if there is no limit. */
  limit(attempts: Attempts, late: (timeoutMs: number) => void): Timer | undefined {
    const { timeoutMs } = attempts.rule;
    return timeoutMs === undefined ? undefined : this.setTimer(timeoutMs, () => late(timeoutMs));
  }

  /** Whether another attempt follows. Until then the entity runs nothing else, and does not count as a running external operation. */
  follows(entity: LiveEntity, message: Message<MailboxMessage>, attempts: Attempts, error: string): boolean {
    const { term } = this;
    const { clock, logger } = term.ports;
    attempts.failed++;
    const delayMs = attempts.rule.retryAfterMs(attempts.failed, clock.monotonicMs() - attempts.startedMs, error);
    if (delayMs === undefined) return false;
    const { operation } = message.body as MailboxMessage & { kind: 'operation' };
    const fields = { instance: entity.id, operation, attempt: attempts.failed, delayMs, error: decodeError(error) };
    logger.debug(fields, 'An attempt of an operation failed. Another attempt follows.');
    term.ports.observer?.retried?.({ entity: entity.name, operation, attempt: attempts.failed });
    // The attempt has not ended its process.
    term.caution.attemptWaits(message);
    entity.running = message;
    const next = { attempts, atMs: clock.monotonicMs() + delayMs, due: false };
    entity.next = next;
    this.setTimer(delayMs, () => {
      // A stopped host records no outcome: the next host starts again from the first attempt.
      if (term.stopping) return;
      next.due = true;
      term.markReady(entity);
    });
    return true;
  }

  cancel(timer: Timer | undefined): void {
    if (timer !== undefined && this.timers.delete(timer)) timer.cancel();
  }

  /** Sets a timer that ends with the term at the latest. */
  private setTimer(ms: number, callback: () => void): Timer {
    const timer = setLongTimer(this.term.ports.clock, ms, () => {
      this.timers.delete(timer);
      callback();
    });
    this.timers.add(timer);
    return timer;
  }
}
