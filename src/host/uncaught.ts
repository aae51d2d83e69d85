/**
 * Logs the user code behind an error that ends the process: a rejected promise that an operation did not await, or an error thrown in a
 * timer. Node prints only the error, so a process with hundreds of entities would not show which one caused it.
 */
import { currentFrame, subjectOf } from '../functions/ambient.js';
import type { Logger } from '../ports/log.js';

/** The loggers of the running hosts of this process. */
const loggers = new Map<symbol, Logger>();

/** Starts to log such errors before the process ends. Returns a function that stops this. */
export function logUncaught(logger: Logger): () => void {
  const host = Symbol('host');
  if (loggers.size === 0) process.on('uncaughtExceptionMonitor', report);
  loggers.set(host, logger);
  return () => {
    if (loggers.delete(host) && loggers.size === 0) process.off('uncaughtExceptionMonitor', report);
  };
}

function report(error: unknown, origin: string): void {
  const frame = currentFrame();
  if (frame === undefined) return;
  const { kind } = frame;
  const what =
    kind === 'entity' ? 'An operation of an entity' : kind === 'activity' ? 'An activity' : 'An orchestration';
  const left =
    origin === 'unhandledRejection' ? 'a rejected promise that nobody awaits' : 'an error that nobody catches';
  const fields = { ...subjectOf(frame), error };
  for (const logger of new Set(loggers.values())) logger.error(fields, `${what} left ${left}: it ends the process.`);
}
