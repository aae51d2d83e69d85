/**
 * Ends the process when its event loop is blocked for too long. An endless loop in user code would block every entity for ever, and its
 * message would never be found. After a few such deaths the next process recognizes the poison message and makes it a dead letter.
 *
 * A process has one watchdog thread, also with several hosts. The thread counts only time in which it ran itself, so neither a stopped
 * process nor a sleeping machine counts. It does nothing while a debugger is attached.
 */
import { url as debuggerUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import type { Logger } from '../ports/log.js';

/**
 * Indexes in the memory shared with the thread: the counter of beats, the limit in ms (0 without a limit), whether a debugger is attached
 * (0 or 1), and the ms between two beats.
 */
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
  // Count at most the time for which the thread itself was awake.
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
    // Reached by the first process of a container only, which Linux protects against signals from inside of it: a breakpoint ends it too.
    require('node:v8').setFlagsFromString('--allow-natives-syntax');
    new Function('%SystemBreak()')();
  }
};
look();
`;

/**
 * The interval between two beats, in ms. The measured time of a block may be too long by one interval, so the interval is a small part of
 * the limit. It is not smaller, because two threads that woke ten times a second were more than half of the cost of an idle host.
 */
function pauseMs(limitMs: number): number {
  return Math.round(Math.min(Math.max(limitMs / 20, 50), 500));
}

interface Watched {
  readonly shared: Int32Array;
  readonly limits: Set<{ readonly ms: number; readonly logger: Logger }>;
  timer: NodeJS.Timeout | undefined;
  /** The error of a thread that could not start. `undefined` if the thread starts or runs. */
  failure: Error | undefined;
}

let watched: Watched | undefined;

/**
 * Starts to watch the event loop: the process ends when the loop is blocked for more than `limitMs`. The shortest limit of all hosts counts.
 * Returns a function that removes this limit. If the thread cannot start, a warning is logged and the host works without a watchdog.
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
    // The thread gets neither the flags of this process (`--input-type=module`, loaders) nor NODE_OPTIONS: its plain code does not need them.
    const thread = new Worker(threadCode, { eval: true, workerData: shared.buffer, execArgv: [], env: {} });
    thread.on('error', fail).unref();
  } catch (error) {
    watch.failure = error as Error;
  }
  return watch;
}

function warn(logger: Logger, error: Error): void {
  logger.warn({ error }, 'The watchdog thread cannot start: this process is not ended when its event loop is blocked.');
}

function update(watch: Watched): void {
  const { shared, limits } = watch;
  clearInterval(watch.timer);
  // If hosts start and stop quickly, the timer never fires. This call proves that the loop runs.
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
