/** How long an attempt of an operation may take, and when the next one comes. In memory only: a crash begins anew. */
import { decodeError } from '../../../model/error-details.js';
import type { MailboxMessage } from '../model/messages.js';
import { setLongTimer, type Timer } from '../../../ports/clock.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { Attempts, LiveEntity } from '../live/live-instance.js';
import type { Message } from '../live/message.js';

export class OperationAttempts {
  /** Time limits of attempts, and waits for the next ones. */
  private readonly timers = new Set<Timer>();

  constructor(private readonly term: WorkerTerm) {
    term.environment.signal.addEventListener('abort', () => {
      for (const timer of this.timers) timer.cancel();
      this.timers.clear();
    });
  }

  /** `undefined`: the operation is tried once, for as long as it takes. */
  begin({ program }: LiveEntity, operation: string): Attempts | undefined {
    const rule = program?.attemptsOf(operation);
    return rule && { rule, startedMs: this.term.ports.clock.monotonicMs(), failed: 0 };
  }

  /** Calls back when an attempt that begins now has taken as long as it may. `undefined`: it has no limit. */
  limit(attempts: Attempts, late: (timeoutMs: number) => void): Timer | undefined {
    const { timeoutMs } = attempts.rule;
    return timeoutMs === undefined ? undefined : this.setTimer(timeoutMs, () => late(timeoutMs));
  }

  /** True: another attempt follows, and until then the entity runs nothing else. It holds no place among those that run. */
  follows(entity: LiveEntity, message: Message<MailboxMessage>, attempts: Attempts, error: string): boolean {
    const { term } = this;
    const { clock, logger } = term.ports;
    attempts.failed++;
    const delayMs = attempts.rule.retryAfterMs(attempts.failed, clock.monotonicMs() - attempts.startedMs, error);
    if (delayMs === undefined) return false;
    const { operation } = message.body as MailboxMessage & { kind: 'operation' };
    const fields = { instance: entity.id, operation, attempt: attempts.failed, delayMs, error: decodeError(error) };
    logger.debug(fields, 'An attempt of an operation failed; another one follows.');
    term.ports.observer?.retried?.({ entity: entity.name, operation, attempt: attempts.failed });
    // It has not ended its process.
    term.caution.rests(message);
    entity.running = message;
    const next = { attempts, due: false };
    entity.next = next;
    this.setTimer(delayMs, () => {
      // At a stop there is no outcome: the next host begins anew.
      if (term.stopping) return;
      next.due = true;
      term.markReady(entity);
    });
    return true;
  }

  cancel(timer: Timer | undefined): void {
    if (timer !== undefined && this.timers.delete(timer)) timer.cancel();
  }

  /** Ends with the term at the latest. */
  private setTimer(ms: number, callback: () => void): Timer {
    const timer = setLongTimer(this.term.ports.clock, ms, () => {
      this.timers.delete(timer);
      callback();
    });
    this.timers.add(timer);
    return timer;
  }
}
