import type { Clock, Timer } from '../../../ports/clock.js';

const pauseMsMin = 4;
const pauseMsMax = 250;

/** Looks again and again, from 4 ms on ever more rarely up to four times a second; often again when something was found. */
export class Backoff {
  private pauseMs = pauseMsMin;
  private timer: Timer | undefined;
  private looking = false;
  private hurried = false;
  private stopped = false;

  /** @param look true: something was found; `undefined`: there is nothing to look for. Never rejects. */
  constructor(
    private readonly clock: Clock,
    private readonly look: () => Promise<boolean | undefined>,
  ) {}

  /** There is something new to look for: looks at once. */
  hurry(): void {
    this.pauseMs = pauseMsMin;
    this.hurried = true;
    if (!this.looking) this.wait(0);
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private wait(ms: number): void {
    this.timer?.cancel();
    if (!this.stopped) this.timer = this.clock.setTimer(ms, () => void this.turn());
  }

  private async turn(): Promise<void> {
    this.looking = true;
    this.hurried = false;
    const found = await this.look();
    this.looking = false;
    if (this.hurried) return this.wait(0);
    if (found === undefined) return;
    this.pauseMs = found ? pauseMsMin : Math.min(2 * this.pauseMs, pauseMsMax);
    this.wait(this.pauseMs);
  }
}
