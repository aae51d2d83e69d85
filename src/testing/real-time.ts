/** Functions of real time that virtual time needs. */
import { url as debuggerUrl } from 'node:inspector';

// Copies from the time when this module is loaded: a test may install fake timers later.
const { setTimeout, clearTimeout, setImmediate, queueMicrotask } = globalThis;
const nextTick = process.nextTick.bind(process);
const cpuUsage = process.cpuUsage.bind(process);
const now = performance.now.bind(performance);

/** Resolves after the callbacks of I/O that is ready now have run. */
export function ioTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when every microtask has run that is ready now or becomes ready meanwhile. */
export function microtasksDone(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => nextTick(resolve)));
}

/** Milliseconds of real time, with fractions. Never decreases. */
export function realMs(): number {
  return now();
}

/** Calls back after `ms` milliseconds of real time. Returns a function that cancels the call. */
export function afterRealMs(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

/** Tells whether a debugger is attached. Limits of real time do not apply then. */
export function isDebugged(): boolean {
  return debuggerUrl() !== undefined;
}

/**
 * A limit of real time. Counts the CPU time of this process and the time of its waits. So a machine that is busy with other processes
 * does not exceed the limit.
 */
export class RealLimit {
  private readonly before = cpuUsage();
  private waitedMs = 0;

  constructor(readonly ms: number) {}

  get restMs(): number {
    const { user, system } = cpuUsage(this.before);
    return Math.max(0, this.ms - this.waitedMs - (user + system) / 1_000);
  }

  get over(): boolean {
    return this.restMs === 0 && !isDebugged();
  }

  /** Waits for the promise, for at most the remaining time, but for at least 5 ms, so that a wait does not become a busy loop. */
  async wait(promise: Promise<void>): Promise<void> {
    const startedMs = realMs();
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = afterRealMs(Math.max(this.restMs, 5), resolve);
    });
    await Promise.race([promise, late]);
    cancel();
    this.waitedMs += realMs() - startedMs;
  }
}

/** Settles as the promise does, or rejects with the error `late()` after `ms` milliseconds of real time. */
export async function withinRealMs<T>(ms: number, promise: Promise<T>, late: () => Error): Promise<T> {
  let cancel = () => {};
  const limit = new Promise<never>((_, reject) => {
    cancel = afterRealMs(ms, () => {
      if (!isDebugged()) reject(late());
    });
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    cancel();
  }
}
