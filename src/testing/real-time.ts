/** The little that virtual time needs of the real one. */
import { url as debuggerUrl } from 'node:inspector';

// Taken when this module is loaded: a test may put fake timers in their place later.
const { setTimeout, clearTimeout, setImmediate, queueMicrotask } = globalThis;
const nextTick = process.nextTick.bind(process);
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

/** A stretch of real time that something may take. */
export class RealLimit {
  private readonly startedMs = realMs();

  constructor(readonly ms: number) {}

  get restMs(): number {
    return Math.max(0, this.ms - (realMs() - this.startedMs));
  }

  get over(): boolean {
    return this.restMs === 0 && !isDebugged();
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
