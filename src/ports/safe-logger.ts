import type { Logger, LogFields, LogLevel } from './log.js';

/** Guards a logger: an error of the logger (a full disk, a closed stream) must not end the work that it reports on. */
export function safeLogger(logger: Logger): Logger {
  const guarded = (level: LogLevel) => (fields: object, message: string) => {
    try {
      logger[level](fields, message);
    } catch {
      // No other logger could report this error.
    }
  };
  const safe = { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') };
  return hasChild(logger) ? { ...safe, child: (bindings) => safeChild(logger, bindings) } : safe;
}

/** Options are checked later, so the logger may be anything. */
function hasChild(logger: Logger): boolean {
  try {
    return typeof logger.child === 'function';
  } catch {
    return false;
  }
}

/** Lines of a logger whose `child` throws have the fields themselves. */
function safeChild(logger: Logger, bindings: LogFields): Logger {
  try {
    return safeLogger((logger.child as NonNullable<Logger['child']>)(bindings));
  } catch {
    const safe = safeLogger(logger);
    const plain = (level: LogLevel) => (fields: object, message: string) =>
      safe[level]({ ...bindings, ...fields }, message);
    return { debug: plain('debug'), info: plain('info'), warn: plain('warn'), error: plain('error') };
  }
}
