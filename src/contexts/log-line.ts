import { quoted } from '../errors/text.js';
import type { ContextLog } from '../functions/context-log.js';
import { optionsOf } from '../model/options.js';

type Level = keyof ContextLog;

/** The log of a context. It takes whatever it is given: a log line is no reason to fail. */
export function contextLog(write: (level: Level, fields: object, message: string) => void): ContextLog {
  const at = (level: Level) => (message: unknown, fields?: unknown) =>
    write(level, fieldsOf(fields), typeof message === 'string' ? message : quoted(message));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function fieldsOf(given: unknown): object {
  try {
    return { ...optionsOf(given as object | undefined) };
  } catch {
    // Neither a text nor a list has fields: spread, they would have as many as they are long.
    return { given: quoted(given) };
  }
}
