import { StorageError } from '../../../errors/index.js';
import type { Clock, Timer } from '../../../ports/clock.js';

/** The first pauses of a wait. An answer takes a few milliseconds on an idle machine; a longer wait ends with four reads a second. */
const pausesMs = [1, 1, 3, 12, 48, 192] as const;
const pauseMsMax = 250;
/** The pause after a read that found something: more may follow soon. */
const pauseMsFound = 4;
const pausesPassedFound = 3;
/** The first pause, and how many of `pausesMs` have passed then, while hints come with the answers: a read before the hint finds nothing. */
const pauseMsHinted = 6;
/** The pause after a read that found something, while hints come. Longer than `pauseMsHinted`, which a new wait asks for. */
const pauseMsFoundHinted = 12;
const pausesPassedHinted = 3;
/** Hints in a row that show that they come. */
const hintsTrusted = 3;
/** The shortest pause before a read that a hint asks for. */
const pauseMsAtHint = 1;
/** A storage that fails for this long fails all waits. */
const patienceMs = 30_000;

/**
 * Reads again and again with growing pauses, up to four reads a second. A read that finds something makes the next pauses short again. Where
 * hints have come with the last answers, the first reads wait for the hint. Two answers without a hint make the first pauses short again.
 */
export class Backoff {
  /** How many of `pausesMs` have passed. */
  private passed = 0;
  private timer: Timer | undefined;
  /** The pause at whose end the timer fires. `Infinity` without a timer. */
  private pauseMs = Number.POSITIVE_INFINITY;
  private looking = false;
  /** The pause after the read in progress. `undefined` if that read decides it. */
  private askedMs: number | undefined;
  /** Whether a hint came during the read in progress, which may have missed what the hint says. */
  private hinted = false;
  /** Hints in a row that came with an answer, up to `hintsTrusted`. */
  private hints = 0;
  /** Whether a read without a hint has found something, and no hint has come since. */
  private unhinted = false;
  private stopped = false;
  /** The monotonic time at which the last read ended. */
  private lookedMs = Number.NEGATIVE_INFINITY;
  /** The pause before a read that a hint asks for: as long as the last read took, up to `pauseMsMax`. */
  private restMs = 0;
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

  /** Reads soon, and again after short pauses, because there is something new to wait for. */
  hurry(): void {
    if (this.trusted) this.ask(pauseMsHinted, pausesPassedHinted);
    else this.ask(0);
  }

  /** Takes note of a hint while nothing waits. */
  heard(): void {
    if (this.unhinted) this.trust();
  }

  /**
   * Reads at once, because a hint says that something is there. Between two reads is a pause as long as the last one: with many waits a read
   * takes long, and hints come all the time.
   */
  hint(): void {
    this.heard();
    this.hinted = this.looking;
    const { restMs } = this;
    if (this.looking || this.stopped) return this.ask(restMs);
    if (this.clock.monotonicMs() - this.lookedMs < Math.max(pauseMsAtHint, restMs)) return this.ask(restMs);
    this.passed = 0;
    void this.turn(true);
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  /** Whether hints come with the answers. */
  private get trusted(): boolean {
    return this.hints === hintsTrusted;
  }

  private trust(): void {
    this.unhinted = false;
    this.hints = Math.min(this.hints + 1, hintsTrusted);
  }

  private noteFound(byHint: boolean): void {
    if (byHint) return this.trust();
    if (this.unhinted) this.hints = 0;
    this.unhinted = true;
  }

  private ask(ms: number, passed = 0): void {
    this.passed = passed;
    if (this.looking) this.askedMs = Math.min(this.askedMs ?? ms, ms);
    else this.wait(ms);
  }

  /** A timer of a pause that is not longer comes earlier, and stays. */
  private wait(ms: number): void {
    if (this.stopped || this.pauseMs <= ms) return;
    this.timer?.cancel();
    this.pauseMs = ms;
    this.timer = this.clock.setTimer(ms, () => void this.turn(false));
  }

  private async turn(byHint: boolean): Promise<void> {
    this.timer?.cancel();
    this.pauseMs = Number.POSITIVE_INFINITY;
    this.looking = true;
    this.askedMs = undefined;
    this.hinted = false;
    let found = await this.read();
    if (found === true) this.noteFound(byHint || this.hinted);
    else if (this.hinted && found === false) {
      this.hinted = false;
      this.askedMs = undefined;
      found = await this.read();
      if (found === true) this.noteFound(true);
    }
    this.looking = false;
    this.lookedMs = this.clock.monotonicMs();
    if (this.askedMs !== undefined) return this.wait(this.askedMs);
    if (found === undefined) return;
    if (found) this.passed = pausesPassedFound;
    const pauseMs = this.trusted ? pauseMsFoundHinted : pauseMsFound;
    this.wait(found ? pauseMs : (pausesMs[this.passed++] ?? pauseMsMax));
  }

  private async read(): Promise<boolean | undefined> {
    try {
      const begunMs = this.clock.monotonicMs();
      const found = await this.look();
      this.restMs = Math.min(this.clock.monotonicMs() - begunMs, pauseMsMax);
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
