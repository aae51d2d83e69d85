/**
 * Names the user code behind an error that ends the process: a rejected promise that an operation did not await, an error thrown by
 * one of its timers. Node prints the error alone; the process of hundreds of entities would not say which one it was.
 */
import { currentFrame, subjectOf } from '../functions/ambient.js';
import type { Logger } from '../ports/log.js';

/** One for each host of this process that runs. */
const loggers = new Map<symbol, Logger>();

/** From now on such errors are logged before the process ends. Returns how to end that. */
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
