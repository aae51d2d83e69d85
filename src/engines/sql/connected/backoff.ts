import type { Clock, Timer } from '../../../ports/clock.js';

/** An answer takes a few milliseconds on an idle machine; whoever waits for longer looks four times a second. */
const pausesMs = [1, 1, 3, 12, 48, 192] as const;
const pauseMsMax = 250;
/** After something was found, more may come soon. */
const pauseMsFound = 4;
const pausesPassedFound = 3;

/** Looks again and again, ever more rarely up to four times a second; often again when something was found. */
export class Backoff {
  /** Of `pausesMs`: how many have passed. */
  private passed = 0;
  private timer: Timer | undefined;
  private looking = false;
  private hurried = false;
  private stopped = false;

  /** @param look true: something was found; `undefined`: there is nothing to look for. Never rejects. */
  constructor(
    private readonly clock: Clock,
    private readonly look: () => Promise<boolean | undefined>,
  ) {}

  /** There is something new to look for: looks at once, and soon again. */
  hurry(): void {
    this.passed = 0;
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
    if (found) this.passed = pausesPassedFound;
    this.wait(found ? pauseMsFound : (pausesMs[this.passed++] ?? pauseMsMax));
  }
}
