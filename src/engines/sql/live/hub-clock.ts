/**
 * Hub time: what timers, scheduled signals and `expireAfter` go by. It never goes back.
 *
 *   first term of a process --the clock, or the newest stored hub time--> goes on by the monotonic clock
 *   clock differs by more than a minute, for ten minutes --ahead--> hub time is the clock
 *                                                        --behind--> hub time runs at half speed until the clock has caught up
 *
 * So a clock that is wrong for a while moves nothing, and one that was set right is followed. One object for a process: it outlives terms.
 */
import type { Clock } from '../../../ports/clock.js';
import type { Logger } from '../../../ports/log.js';

const toleratedMs = 60_000;
const lastsMs = 600_000;
const slow = 0.5;

export class HubClock {
  private baseMs = 0;
  private baseMonotonicMs = 0;
  private rate = 1;
  private begun = false;
  /** Grows when hub time has moved by itself: what waits for an instant looks again how long that is. */
  moves = 0;
  /** How far the clock was ahead when it was first seen to differ, and since when (monotonic). */
  private difference: { readonly ms: number; readonly sinceMs: number } | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** A term begins. @param storedMs the newest hub time that any commit carried; 0 if there was none */
  begin(clockMs: number, storedMs: number): void {
    const ownMs = this.begun ? this.exactMs() : clockMs;
    this.begun = true;
    this.setTo(Math.max(ownMs, storedMs));
  }

  nowMs(): number {
    return Math.floor(this.exactMs());
  }

  /** The storage has told the time of its clock. */
  saw(clockMs: number): void {
    const aheadMs = clockMs - this.exactMs();
    const monotonicMs = this.clock.monotonicMs();
    if (Math.abs(aheadMs) <= toleratedMs) {
      this.difference = undefined;
      if (this.rate !== 1 && aheadMs >= 0) this.runAt(1);
      return;
    }
    if (this.difference === undefined || Math.abs(aheadMs - this.difference.ms) > toleratedMs)
      this.difference = { ms: aheadMs, sinceMs: monotonicMs };
    if (monotonicMs - this.difference.sinceMs < lastsMs) return;
    this.difference = undefined;
    if (aheadMs > 0) this.adopt(clockMs, aheadMs);
    else if (this.rate === 1) this.slowDown(-aheadMs);
  }

  private adopt(clockMs: number, aheadMs: number): void {
    this.logger.warn(
      { aheadMs: Math.round(aheadMs) },
      'The clock of the storage went ahead. The task hub follows it now.',
    );
    this.setTo(clockMs);
    this.rate = 1;
    this.moves++;
  }

  private slowDown(behindMs: number): void {
    const text =
      'The clock of the storage went back. The time of the task hub runs at half speed until the clock is there.';
    this.logger.warn({ behindMs: Math.round(behindMs) }, text);
    this.runAt(slow);
  }

  private runAt(rate: number): void {
    this.setTo(this.exactMs());
    this.rate = rate;
  }

  private setTo(ms: number): void {
    this.baseMs = ms;
    this.baseMonotonicMs = this.clock.monotonicMs();
  }

  private exactMs(): number {
    return this.baseMs + (this.clock.monotonicMs() - this.baseMonotonicMs) * this.rate;
  }
}
