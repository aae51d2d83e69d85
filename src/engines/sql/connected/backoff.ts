import type { Clock, Timer } from '../../../ports/clock.js';

/** The first pauses of a wait. An answer takes a few milliseconds on an idle machine; a longer wait ends with four reads a second. */
const pausesMs = [1, 1, 3, 12, 48, 192] as const;
const pauseMsMax = 250;
/** The pause after a read that found something: more may follow soon. */
const pauseMsFound = 4;
const pausesPassedFound = 3;

/** Reads again and again with growing pauses, up to four reads a second. A read that finds something makes the next pauses short again. */
export class Backoff {
  /** How many of `pausesMs` have passed. */
  private passed = 0;
  private timer: Timer | undefined;
  private looking = false;
  private hurried = false;
  private stopped = false;

  /** @param look resolves with whether it found something, or with `undefined` if there is nothing to wait for. Must not reject. */
  constructor(
    private readonly clock: Clock,
    private readonly look: () => Promise<boolean | undefined>,
  ) {}

  /** Reads at once, and again after short pauses, because there is something new to wait for. */
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
