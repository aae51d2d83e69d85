import { quoted } from '../errors/text.js';
import type { ContextLog } from '../functions/context-log.js';
import { optionsOf } from '../model/options.js';

type Level = keyof ContextLog;

/** The log of a context. It accepts any arguments and never throws. */
export function contextLog(write: (level: Level, fields: object, message: string) => void): ContextLog {
  const at = (level: Level) => (message: unknown, fields?: unknown) =>
    write(level, fieldsOf(fields), typeof message === 'string' ? message : quoted(message));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function fieldsOf(given: unknown): object {
  try {
    return { ...optionsOf(given as object | undefined) };
  } catch {
    // Texts and lists are not spread, because each of their items would become a field.
    return { given: quoted(given) };
  }
}

/** The field `trace_id` of a traced line, by which logs and traces are found together. No field without a trace. */
export function traceField(trace: string | undefined): { readonly trace_id?: string } {
  return trace === undefined ? {} : { trace_id: trace.slice(3, 35) };
}
