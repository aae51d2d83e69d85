/** Timing of operations: which ones are timed, because reading the clock costs more than counting an operation. */
import type { MailboxMessage } from '../model/messages.js';
import { observesOperations } from '../../../hub/operation-counts.js';
import type { LiveEntity } from '../live/live-instance.js';
import type { WorkerTerm } from '../live/worker-term.js';

/** The start of an operation that nobody observed when it began. An observer that comes meanwhile does not receive it. */
export const untimed = -1;
/** The start of an operation that is counted, and not timed. */
export const unsampled = -2;

/** The first operations of a round are timed. A lonely operation is one of them. */
const timedFirst = 2;
/** Of the others of a round, one of so many is timed. */
const timedOneOf = 16;

export class OperationTiming {
  private roundMs = -1;
  private started = 0;

  constructor(private readonly term: WorkerTerm) {}

  /** The monotonic start time of an operation that starts now, or `untimed`, or `unsampled`. */
  startOf({ trace }: MailboxMessage & { kind: 'operation' }): number {
    const { clock, observer } = this.term.ports;
    if (trace !== undefined || observer?.operationEnded !== undefined) return clock.monotonicMs();
    if (!observesOperations(observer)) return untimed;
    return this.isSampled() ? clock.monotonicMs() : unsampled;
  }

  /** An operation waits for the outside: its time counts from here at the latest. */
  waits(entity: LiveEntity): void {
    if (entity.startedMs === unsampled) entity.startedMs = this.term.ports.clock.monotonicMs();
  }

  private isSampled(): boolean {
    const { roundMs } = this.term;
    if (roundMs !== this.roundMs) {
      this.roundMs = roundMs;
      this.started = 0;
    }
    const number = this.started++;
    return number < timedFirst || number % timedOneOf === 0;
  }
}
