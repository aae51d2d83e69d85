/** Writes the log lines of a host with the logger of Nest, which may be the application's own. */
import { Logger as NestLogger } from '@nestjs/common';
import { logText } from '../host/console-logger.js';
import type { Logger } from '../ports/log.js';

/** A logger for hosts. Fields stand behind the message as JSON, escaped and cut. Nest gets the stack of an error. */
export function nestLogger(context = 'DurableEntities'): Logger {
  const nest = new NestLogger(context);
  return {
    debug: (fields, message) => nest.debug(logText(fields, message)),
    info: (fields, message) => nest.log(logText(fields, message)),
    warn: (fields, message) => nest.warn(logText(fields, message)),
    error: (fields, message) => nest.error(logText(fields, message), stackOf(fields)),
  };
}

function stackOf(fields: object): string | undefined {
  const { error } = fields as { readonly error?: unknown };
  return error instanceof Error ? error.stack : undefined;
}
