/** The little that virtual time needs of the real one. */
import { url as debuggerUrl } from 'node:inspector';

// Taken when this module is loaded: a test may put fake timers in their place later.
const { setTimeout, clearTimeout, setImmediate, queueMicrotask } = globalThis;
const nextTick = process.nextTick.bind(process);
const cpuUsage = process.cpuUsage.bind(process);
const now = performance.now.bind(performance);

/** Resolves after I/O that is ready now was given its turn. */
export function ioTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when every microtask that is ready now, or becomes ready meanwhile, has run. */
export function microtasksDone(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => nextTick(resolve)));
}

/** Milliseconds of real time, fractions allowed; never goes back. */
export function realMs(): number {
  return now();
}

/** Calls back after `ms` of real time; returns how to prevent it. */
export function afterRealMs(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}

/** Somebody looks at the program step by step: real time means nothing. */
export function isDebugged(): boolean {
  return debuggerUrl() !== undefined;
}

/**
 * How long something may take: what this process has computed, and what it has waited. So a machine that is busy with other things
 * makes nobody late.
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

  /** Waits for the promise, but not for longer than is left; an interval at least, so that waiting is not computing. */
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

/** The promise's outcome, or the error after `ms` of real time. */
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
