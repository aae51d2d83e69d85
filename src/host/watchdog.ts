/**
 * Ends the process when its event loop stands still for too long: an endless loop in user code would hold every entity for ever,
 * and nobody could tell which message it was. After a few such deaths the next process knows, and sets it aside.
 *
 * One thread per process, however many hosts. It counts only time in which it ran itself (not a stopped process, not a sleeping
 * machine), and rests while a debugger is attached.
 */
import { url as debuggerUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import type { Logger } from '../ports/log.js';

/** Shared with the thread: beats, the limit in ms (0: none), whether a debugger is attached, ms between two beats. */
const beats = 0;
const limit = 1;
const debugged = 2;
const pause = 3;

const threadCode = `
const { workerData } = require('node:worker_threads');
const { writeSync } = require('node:fs');
const shared = new Int32Array(workerData);
let seen = -1, stalledMs = 0, lastMs = performance.now();
const look = () => {
  const nowMs = performance.now();
  const everyMs = Atomics.load(shared, ${pause});
  setTimeout(look, everyMs);
  // No more than the thread itself was awake for.
  const elapsedMs = Math.min(nowMs - lastMs, 2 * everyMs);
  lastMs = nowMs;
  const beat = Atomics.load(shared, ${beats});
  const limitMs = Atomics.load(shared, ${limit});
  if (beat !== seen || limitMs === 0 || Atomics.load(shared, ${debugged}) === 1) {
    seen = beat;
    stalledMs = 0;
  } else if ((stalledMs += elapsedMs) > limitMs) {
    writeSync(2, 'durable-entities error: the event loop stood still for ' + Math.round(stalledMs) + ' ms; the process is ended (stallLimit).\\n');
    process.kill(process.pid, 'SIGKILL');
  }
};
look();
`;

/**
 * A standstill may look longer than it is by one pause: so that is a small part of the limit, but no smaller. Two threads that woke ten
 * times a second were more than half of what an idle host cost.
 */
function pauseMs(limitMs: number): number {
  return Math.round(Math.min(Math.max(limitMs / 20, 50), 500));
}

interface Watched {
  readonly shared: Int32Array;
  readonly limits: Set<{ readonly ms: number; readonly logger: Logger }>;
  timer: NodeJS.Timeout | undefined;
  /** Why there is no thread; `undefined`: it starts, or runs. */
  failure: Error | undefined;
}

let watched: Watched | undefined;

/**
 * From now on a standstill of more than `limitMs` ends the process; the shortest limit of all hosts counts. Returns how to end that.
 * A thread that cannot start is a warning: the host works, and nothing ends the process when it stands still.
 */
export function watchStalls(limitMs: number, logger: Logger): () => void {
  const watch = (watched ??= begin(limitMs));
  const entry = { ms: limitMs, logger };
  watch.limits.add(entry);
  if (watch.failure !== undefined) warn(logger, watch.failure);
  update(watch);
  return () => {
    watch.limits.delete(entry);
    update(watch);
  };
}

function begin(limitMs: number): Watched {
  const shared = new Int32Array(new SharedArrayBuffer(16));
  Atomics.store(shared, pause, pauseMs(limitMs));
  const watch: Watched = { shared, limits: new Set(), timer: undefined, failure: undefined };
  const fail = (error: Error) => {
    watch.failure = error;
    for (const { logger } of watch.limits) warn(logger, error);
  };
  try {
    // Neither the flags of this process (`--input-type=module`, loaders) nor NODE_OPTIONS: the code is plain and needs none of them.
    const thread = new Worker(threadCode, { eval: true, workerData: shared.buffer, execArgv: [], env: {} });
    thread.on('error', fail).unref();
  } catch (error) {
    watch.failure = error as Error;
  }
  return watch;
}

function warn(logger: Logger, error: Error): void {
  logger.warn({ error }, 'The watchdog has no thread: nothing ends this process when its event loop stands still.');
}

function update(watch: Watched): void {
  const { shared, limits } = watch;
  clearInterval(watch.timer);
  // Where hosts come and go quickly the timer never gets its turn; whoever comes here shows that the loop goes on.
  beat(shared);
  const limitMs = limits.size === 0 ? 0 : Math.min(...[...limits].map(({ ms }) => ms));
  if (limitMs > 0) {
    Atomics.store(shared, pause, pauseMs(limitMs));
    watch.timer = setInterval(() => beat(shared), pauseMs(limitMs)).unref();
  }
  Atomics.store(shared, limit, limitMs);
}

function beat(shared: Int32Array): void {
  Atomics.add(shared, beats, 1);
  Atomics.store(shared, debugged, debuggerUrl() === undefined ? 0 : 1);
}
