import type { Clock, Timer } from '../ports/clock.js';
import { ioTurn, microtasksDone } from './real-time.js';

/** Any instant; a round number, so that differences are easy to read in a failure. */
export const epochMs = 1_763_600_000_000;

interface Waiting {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Time as the test moves it; all processes and the database of one world share it. */
export class VirtualTime {
  /** Milliseconds since the world began. */
  elapsedMs = 0;
  /** Added at each look at the monotonic clock: computing takes time, batches become full, the loop yields. */
  stepMs = 0;
  /** Grows with everything that anybody does; the world is quiet when it stands still. */
  activity = 0;
  /** Requests of stores that are not answered yet. */
  pendingIo = 0;
  private order = 0;
  private readonly timers = new Set<Waiting>();

  /** @param startMs the instant at which this time begins: whole milliseconds since 1970 (UTC) */
  constructor(readonly startMs: number = epochMs) {}

  wallMs(): number {
    return Math.floor(this.startMs + this.elapsedMs);
  }

  setTimer(ms: number, callback: () => void): Timer {
    this.activity++;
    const waiting = { atMs: this.elapsedMs + ms, order: this.order++, callback };
    this.timers.add(waiting);
    return { cancel: () => void this.timers.delete(waiting) };
  }

  get nextTimerMs(): number | undefined {
    return this.earliest()?.atMs;
  }

  private earliest(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const timer of this.timers) {
      if (first === undefined || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.order < first.order))
        first = timer;
    }
    return first;
  }

  /** Moves to the earliest timer, but not past `limitMs`, and calls back what is due. False when none is due by then. */
  step(limitMs: number): boolean {
    const first = this.earliest();
    if (first === undefined || first.atMs > limitMs) {
      this.elapsedMs = Math.max(this.elapsedMs, limitMs);
      return false;
    }
    this.elapsedMs = Math.max(this.elapsedMs, first.atMs);
    this.timers.delete(first);
    this.activity++;
    first.callback();
    return true;
  }
}

/** The clock of one process; a dead process hears of no timer any more. */
export class ProcessClock implements Clock {
  alive = true;

  constructor(private readonly time: VirtualTime) {}

  monotonicMs(): number {
    this.time.elapsedMs += this.time.stepMs;
    return this.time.elapsedMs;
  }

  wallMs(): number {
    return this.time.wallMs();
  }

  setTimer(ms: number, callback: () => void): Timer {
    return this.time.setTimer(ms, () => {
      if (this.alive) callback();
    });
  }

  drain(): Promise<void> {
    this.time.activity++;
    if (!this.alive) return new Promise(() => {});
    return microtasksDone();
  }

  yield(): Promise<void> {
    this.time.activity++;
    if (!this.alive) return new Promise(() => {});
    return ioTurn();
  }
}

export { ioTurn };
