import type { Logger } from '../../ports/log.js';

/** Guards a logger: an error of the logger (a full disk, a closed stream) must not end the work that it reports on. */
export function safeLogger(logger: Logger): Logger {
  const guarded = (level: keyof Logger) => (fields: object, message: string) => {
    try {
      logger[level](fields, message);
    } catch {
      // No other logger could report this error.
    }
  };
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') };
}
