import { StorageError } from '../../../errors/index.js';
import type { Clock, Timer } from '../../../ports/clock.js';

/** The first pauses of a wait. An answer takes a few milliseconds on an idle machine; a longer wait ends with four reads a second. */
const pausesMs = [1, 1, 3, 12, 48, 192] as const;
const pauseMsMax = 250;
/** The pause after a read that found something: more may follow soon. */
const pauseMsFound = 4;
const pausesPassedFound = 3;
/** The shortest pause before a read that a hint asks for. */
const pauseMsAtHint = 1;
/** A storage that fails for this long fails all waits. */
const patienceMs = 30_000;

/** Reads again and again with growing pauses, up to four reads a second. A read that finds something makes the next pauses short again. */
export class Backoff {
  /** How many of `pausesMs` have passed. */
  private passed = 0;
  private timer: Timer | undefined;
  private looking = false;
  private hurried = false;
  /** Whether a hint came during the read in progress, which may have missed what the hint says. */
  private hinted = false;
  private stopped = false;
  /** The monotonic time at which the last read ended. */
  private lookedMs = Number.NEGATIVE_INFINITY;
  /** The monotonic time since when the reads fail. `undefined` if the last read did not fail. */
  private failingSinceMs: number | undefined;

  /**
   * @param look resolves with whether it found something, or with `undefined` if there is nothing to wait for. Rejects if the storage fails
   * @param failAll ends all waits with this error, because the storage has failed for too long
   */
  constructor(
    private readonly clock: Clock,
    private readonly look: () => Promise<boolean | undefined>,
    private readonly failAll: (error: Error) => void,
  ) {}

  /** Reads at once, and again after short pauses, because there is something new to wait for. */
  hurry(): void {
    this.passed = 0;
    this.hurried = true;
    if (!this.looking) this.wait(0);
  }

  /** Reads at once, because a hint says that something is there. Reads that follow each other closely have a pause between them. */
  hint(): void {
    this.hinted = this.looking;
    if (this.looking || this.stopped || this.clock.monotonicMs() - this.lookedMs < pauseMsAtHint) return this.hurry();
    this.passed = 0;
    this.timer?.cancel();
    void this.turn();
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
    this.hurried = this.hinted = false;
    let found = await this.read();
    if (this.hinted && found === false) {
      this.hinted = this.hurried = false;
      found = await this.read();
    }
    this.looking = false;
    this.lookedMs = this.clock.monotonicMs();
    if (this.hurried) return this.wait(0);
    if (found === undefined) return;
    if (found) this.passed = pausesPassedFound;
    this.wait(found ? pauseMsFound : (pausesMs[this.passed++] ?? pauseMsMax));
  }

  private async read(): Promise<boolean | undefined> {
    try {
      const found = await this.look();
      this.failingSinceMs = undefined;
      return found;
    } catch (error) {
      const nowMs = this.clock.monotonicMs();
      this.failingSinceMs ??= nowMs;
      if (nowMs - this.failingSinceMs >= patienceMs)
        this.failAll(error instanceof Error ? error : new StorageError(String(error)));
      return false;
    }
  }
}
