import type { Logger } from '../../ports/log.js';

/** A logger that throws (a full disk, a closed stream) must not end what it reports on. */
export function safeLogger(logger: Logger): Logger {
  const guarded = (level: keyof Logger) => (fields: object, message: string) => {
    try {
      logger[level](fields, message);
    } catch {
      // There is nobody left to tell.
    }
  };
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') };
}
