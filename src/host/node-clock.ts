import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from '../ports/clock.js';

/** Real time, and the event loop of Node. */
export class NodeClock implements Clock {
  monotonicMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return Date.now();
  }

  setTimer(ms: number, callback: () => void): Timer {
    const timer = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timer) };
  }

  drain(): Promise<void> {
    // A tick that is asked for by a microtask comes when the microtasks, and all that they add, have run.
    return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
  }

  yield(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}
