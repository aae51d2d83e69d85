/**
 * Hub time: the time of timers, scheduled signals and `expireAfter`. Hub time never goes back.
 *
 * - The first term of a process sets hub time to the clock of the storage, or to the newest stored hub time if that is later. From then on
 *   hub time follows the monotonic clock.
 * - If the clock of the storage is more than a minute ahead for ten minutes, hub time jumps to the clock.
 * - If it is more than a minute behind for ten minutes, hub time runs at half speed until the clock has caught up.
 *
 * So a clock that is wrong for a short time changes nothing, and a clock that was corrected is followed. A process has one hub clock, which
 * survives the end of a term.
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
  /** The number of jumps to the clock. After a jump, timers that wait for an instant must be set again. */
  moves = 0;
  /** How far the clock was ahead when the difference was first seen, and the monotonic time since then. */
  private difference: { readonly ms: number; readonly sinceMs: number } | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Begins a term.
   * @param storedMs the newest hub time of any commit, 0 if there was no commit
   * @param besideOthers whether other workers live: then a clock that is far ahead of their time is not adopted just because of this start
   */
  begin(clockMs: number, storedMs: number, besideOthers = false): void {
    const follows = besideOthers && storedMs > 0 && clockMs - storedMs > toleratedMs;
    const ownMs = this.begun ? this.exactMs() : follows ? storedMs : clockMs;
    this.begun = true;
    this.setTo(Math.max(ownMs, storedMs));
  }

  /** Makes hub time at least this, which another worker has committed. */
  raise(storedMs: number): void {
    if (storedMs <= this.exactMs()) return;
    this.setTo(storedMs);
    this.moves++;
  }

  nowMs(): number {
    return Math.floor(this.exactMs());
  }

  /** Compares hub time with a time of the storage's clock. */
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
      'The clock of the storage is ahead. The task hub follows it now.',
    );
    this.setTo(clockMs);
    this.rate = 1;
    this.moves++;
  }

  private slowDown(behindMs: number): void {
    const text =
      'The clock of the storage is behind. The time of the task hub runs at half speed until the clock has caught up.';
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
