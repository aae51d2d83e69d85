import { NodeClock } from '../../src/host/node-clock.js';
import type { Clock, Timer } from '../../src/ports/clock.js';

interface Waiting {
  readonly dueMs: number;
  readonly callback: () => void;
  real: Timer;
}

/** Real time, which a test moves on: what is due on the way becomes due at once, in its order. */
export class MovedClock implements Clock {
  private readonly real = new NodeClock();
  private readonly waiting = new Set<Waiting>();
  private aheadMs = 0;

  monotonicMs(): number {
    return this.real.monotonicMs() + this.aheadMs;
  }

  wallMs(): number {
    return this.real.wallMs() + this.aheadMs;
  }

  setTimer(ms: number, callback: () => void): Timer {
    const dueMs = this.monotonicMs() + ms;
    const timer: Waiting = { dueMs, callback, real: this.arm(ms, () => this.fire(timer)) };
    this.waiting.add(timer);
    return {
      cancel: () => {
        timer.real.cancel();
        this.waiting.delete(timer);
      },
    };
  }

  drain(): Promise<void> {
    return this.real.drain();
  }

  yield(): Promise<void> {
    return this.real.yield();
  }

  /** Moves time on by this much. What follows from it happens while the test awaits. */
  pass(ms: number): void {
    this.aheadMs += ms;
    const nowMs = this.monotonicMs();
    for (const timer of [...this.waiting].toSorted((a, b) => a.dueMs - b.dueMs)) {
      timer.real.cancel();
      timer.real = this.arm(Math.max(0, timer.dueMs - nowMs), () => this.fire(timer));
    }
  }

  private arm(ms: number, callback: () => void): Timer {
    return this.real.setTimer(ms, callback);
  }

  private fire(timer: Waiting): void {
    this.waiting.delete(timer);
    timer.callback();
  }
}
