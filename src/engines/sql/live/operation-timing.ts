/** Timing of operations: which ones are timed, because reading the clock costs more than counting an operation. */
import { observesOperations } from '../../../hub/operation-counts.js';
import type { MailboxMessage } from '../model/messages.js';
import type { EnginePorts } from '../options.js';
import type { LiveEntity } from './live-instance.js';

/** The start of an operation that nobody observed when it began. An observer that comes meanwhile does not receive it. */
export const untimed = -1;
/** The start of an operation that is counted, and not timed. */
export const unsampled = -2;
/** Each operation of the round is timed. */
const timed = 0;

/** In each window of time, the operations of about so many rounds are timed, and all of them if there are fewer rounds. */
const timedRounds = 8;
/** Of one round, so many are timed. */
const timedOfRound = 8;
const windowMs = 100;

/** One choice for a round: a choice for each operation costs as much as counting it. */
export class OperationTiming {
  /** The choice for the next operation of this round: `untimed`, `unsampled`, or `timed`. */
  private choice = untimed;
  /** The number of operations of this round that will still be timed. */
  private more = 0;
  private windowEndsMs = 0;
  /** Rounds of this window. */
  private rounds = 0;
  /** One of so many is timed. */
  private oneOf = 1;
  /** Timed ones at the present `oneOf`. */
  private timedSo = 0;
  /** Rounds until the next one that is timed. */
  private left = 0;
  private drawn = 1;

  constructor(private readonly ports: EnginePorts) {}

  /** A round of turns begins. */
  beginRound(nowMs: number): void {
    const { observer } = this.ports;
    if (!observesOperations(observer)) this.choice = untimed;
    else if (observer?.operationEnded !== undefined) this.time(Infinity);
    else if (this.isSampled(nowMs)) this.time(timedOfRound);
    else this.choice = unsampled;
  }

  private time(operations: number): void {
    this.choice = timed;
    this.more = operations;
  }

  /** The monotonic start time of an operation that starts now, or `untimed`, or `unsampled`. */
  startOf({ trace }: MailboxMessage & { kind: 'operation' }): number {
    if (this.choice === timed) {
      if (--this.more === 0) this.choice = unsampled;
    } else if (trace === undefined) return this.choice;
    return this.ports.clock.monotonicMs();
  }

  /** An operation waits for the outside: its time counts from here at the latest. */
  waits(entity: LiveEntity): void {
    if (entity.startedMs === unsampled) entity.startedMs = this.ports.clock.monotonicMs();
  }

  private isSampled(nowMs: number): boolean {
    if (nowMs >= this.windowEndsMs) this.beginWindow(nowMs);
    this.rounds++;
    if (this.left > 0) {
      this.left--;
      return false;
    }
    // More rounds than in the window before: one of twice as many from here on.
    if (++this.timedSo > timedRounds) {
      this.oneOf *= 2;
      this.timedSo = 1;
    }
    this.left = this.draw(2 * this.oneOf - 1);
    return true;
  }

  /** The rate of the window before is expected again. After a pause, the first rounds are timed. */
  private beginWindow(nowMs: number): void {
    const isNext = nowMs < this.windowEndsMs + windowMs;
    this.oneOf = isNext ? Math.max(1, Math.floor(this.rounds / timedRounds)) : 1;
    this.windowEndsMs = nowMs + windowMs;
    this.rounds = 0;
    this.timedSo = 0;
    this.left = 0;
  }

  /** A number below `end`. Steps of one length would always meet the same work of several that alternate. */
  private draw(end: number): number {
    this.drawn = (Math.imul(this.drawn, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (this.drawn >>> 8) % end;
  }
}
