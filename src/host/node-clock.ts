import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from '../ports/clock.js';

/** The maximum delay of `setTimeout` in Node, in ms. Node runs a longer timer at once. */
const timeoutMax = 2 ** 31 - 1;

/** Clock with real time and the event loop of Node. */
export class NodeClock implements Clock {
  monotonicMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return Date.now();
  }

  setTimer(ms: number, callback: () => void): Timer {
    let timer: NodeJS.Timeout;
    const wait = (restMs: number) => {
      const partMs = Math.min(restMs, timeoutMax);
      timer = setTimeout(() => (restMs > partMs ? wait(restMs - partMs) : callback()), partMs);
    };
    wait(ms);
    return { cancel: () => clearTimeout(timer) };
  }

  drain(): Promise<void> {
    // A tick that a microtask requests runs after all microtasks, including those that they add.
    return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
  }

  yield(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}
