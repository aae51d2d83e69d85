import { DurableError } from '../errors/index.js';
import type { Logger } from '../ports/log.js';

/** Writes one line per event to the console: level, message, fields as JSON. Escapes control characters and cuts long texts. No `debug`. */
export const consoleLogger: Logger = {
  debug: () => {},
  info: (fields, message) => console.info(line('info', fields, message)),
  warn: (fields, message) => console.warn(line('warn', fields, message)),
  error: (fields, message) => console.error(line('error', fields, message)),
};

const textLengthMax = 2_000;

const listLengthMax = 100;

function line(level: string, fields: object, message: string): string {
  return `durable-entities ${level}: ${logText(fields, message)}`;
}

/** Message and fields as one line, escaped and cut. */
export function logText(fields: object, message: string): string {
  return `${escaped(message)} ${escaped(textOf(fields))}`;
}

function textOf(fields: object): string {
  try {
    return JSON.stringify(fields, shown);
  } catch {
    return '(with fields that cannot be shown)';
  }
}

function shown(_key: string, value: unknown): unknown {
  if (value instanceof Error) {
    const { name, message } = value;
    const { code } = value as { code?: unknown };
    return { name, message, code, help: value instanceof DurableError ? value.help : undefined };
  }
  // Holes of an array take memory only when they are written out.
  if (Array.isArray(value) && value.length > listLengthMax)
    return [...(value as unknown[]).slice(0, listLengthMax), '...'];
  return typeof value === 'bigint' ? value.toString() : value;
}

function escaped(text: string): string {
  const cut = text.length > textLengthMax ? `${text.slice(0, textLengthMax)}...` : text;
  // C0 and C1 controls, line separators and direction marks: text from outside must not move the cursor.
  return cut.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
