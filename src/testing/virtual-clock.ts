import type { Clock, Timer } from '../ports/clock.js';
import { EventHeap, type Due } from './event-heap.js';
import { ioTurn, microtasksDone } from './real-time.js';

/** Any instant; a round number, so that differences are easy to read in a failure. */
export const epochMs = 1_763_600_000_000;

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
  /** How far the clock of the database is off, in ms. */
  databaseOffsetMs = 0;
  private order = 0;
  private readonly timers = new EventHeap();

  /** @param startMs the instant at which this time begins: whole milliseconds since 1970 (UTC) */
  constructor(readonly startMs: number = epochMs) {}

  /** The clock of the database. */
  wallMs(): number {
    return Math.floor(this.startMs + this.elapsedMs + this.databaseOffsetMs);
  }

  setTimer(ms: number, callback: () => void): Timer {
    this.activity++;
    const due: Due = { atMs: this.elapsedMs + ms, order: this.nextOrder(), callback };
    this.timers.push(due);
    return { cancel: () => void (due.callback = undefined) };
  }

  /** When the next timer is due, in ms since the world began; `undefined`: there is none. */
  get nextTimerMs(): number | undefined {
    return this.timers.peek()?.atMs;
  }

  /** What is due at the same instant happens in this order. */
  protected nextOrder(): number {
    return this.order++;
  }

  /** Resolves after so many turns of I/O. */
  async turns(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await ioTurn();
  }

  /** Resolves when all microtasks have run. */
  drain(): Promise<void> {
    this.activity++;
    return microtasksDone();
  }

  /** Moves to the earliest timer, but not past `limitMs`, and calls back what is due. False when none is due by then. */
  step(limitMs: number): boolean {
    const first = this.timers.peek();
    if (first === undefined || first.atMs > limitMs) {
      this.elapsedMs = Math.max(this.elapsedMs, limitMs);
      return false;
    }
    this.elapsedMs = Math.max(this.elapsedMs, first.atMs);
    this.timers.removeFirst();
    this.activity++;
    first.callback?.();
    return true;
  }
}

/** The clock of one process. Nothing happens any more in a dead process; what would happen in a paused one waits. */
export class ProcessClock implements Clock {
  alive = true;
  /** Milliseconds that pass here in one of the world. */
  rate = 1;
  /** How far its time of day is off, in ms. */
  skewMs = 0;
  private waiting: (() => void)[] | undefined;

  constructor(private readonly time: VirtualTime) {}

  get paused(): boolean {
    return this.waiting !== undefined;
  }

  pause(): void {
    this.waiting ??= [];
  }

  resume(): void {
    const waiting = this.waiting ?? [];
    this.waiting = undefined;
    for (const callback of waiting) this.enter(callback);
  }

  /** Something happens in this process: now, when it goes on, or never. */
  enter(callback: () => void): void {
    if (!this.alive) return;
    if (this.waiting === undefined) callback();
    else this.waiting.push(callback);
  }

  /** Resolves when the process runs. */
  awake(): Promise<void> {
    return new Promise((resolve) => this.enter(resolve));
  }

  monotonicMs(): number {
    this.time.elapsedMs += this.time.stepMs;
    return this.time.elapsedMs * this.rate;
  }

  wallMs(): number {
    return this.time.wallMs() + this.skewMs;
  }

  setTimer(ms: number, callback: () => void): Timer {
    return this.time.setTimer(ms / this.rate, () => this.enter(callback));
  }

  drain(): Promise<void> {
    return this.alive ? this.time.drain() : new Promise(() => {});
  }

  async yield(): Promise<void> {
    this.time.activity++;
    await this.time.turns(1);
    await this.awake();
  }
}

export { ioTurn };
