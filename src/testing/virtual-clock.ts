import type { Clock, Timer } from '../ports/clock.js';
import { EventHeap, type Due } from './event-heap.js';
import { ioTurn, microtasksDone } from './real-time.js';

/** The default start of virtual time. A round number, so that differences are easy to read in a failure. */
export const epochMs = 1_763_600_000_000;

/** Virtual time, which the test moves. All processes of one test and their database share it. */
export class VirtualTime {
  /** Milliseconds of virtual time since the start. */
  elapsedMs = 0;
  /** Milliseconds added at each read of the monotonic clock, so that computing takes virtual time. */
  stepMs = 0;
  /** A counter of all activity. Everything is idle while it does not grow. */
  activity = 0;
  /** The number of requests to stores without an answer so far. */
  pendingIo = 0;
  /** The error of the clock of the database, in ms. */
  databaseOffsetMs = 0;
  private order = 0;
  private readonly timers = new EventHeap();

  /** @param startMs the start of virtual time: whole milliseconds since 1970 (UTC) */
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

  /** The due time of the next timer, in ms of virtual time since the start. `undefined` if there is no timer. */
  get nextTimerMs(): number | undefined {
    return this.timers.peek()?.atMs;
  }

  /** The next number in the order of timers that are due at the same instant. */
  protected nextOrder(): number {
    return this.order++;
  }

  /** Resolves after this number of turns of I/O. */
  async turns(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await ioTurn();
  }

  /** Resolves when all microtasks have run. */
  drain(): Promise<void> {
    this.activity++;
    return microtasksDone();
  }

  /** Moves time to the earliest timer and calls it back. `false` if no timer is due by `limitMs`: then time moves to `limitMs`. */
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

/** The clock of one process. Callbacks of a dead process are dropped. Callbacks of a paused process wait until it resumes. */
export class ProcessClock implements Clock {
  alive = true;
  /** The speed of this clock: milliseconds here per millisecond of virtual time. */
  rate = 1;
  /** The error of the time of day in this process, in ms. */
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

  /** Runs a callback in this process: at once, after `resume` if it is paused, or never if it is dead. */
  enter(callback: () => void): void {
    if (!this.alive) return;
    if (this.waiting === undefined) callback();
    else this.waiting.push(callback);
  }

  /** Resolves at once, or after `resume` if the process is paused. */
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
