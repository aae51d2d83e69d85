import { LimitExceededError } from '../errors/index.js';
import { utf8Bytes } from './text.js';
import { encodeOrRefuse } from './values.js';

/** How large things may be. Bytes are of the JSON text in UTF-8. */
export interface Limits {
  /** One input, result, event or custom status. Default 1 MiB. */
  readonly inputBytes: number;
  /** The state of one entity. Default 1 MiB. */
  readonly stateBytes: number;
  /** The history of one execution of an orchestration. Default 64 MiB. */
  readonly historyBytes: number;
  /** What one operation, or an orchestration between two awaits, may send. Default 20,000. */
  readonly turnMessages: number;
  /** The same in bytes. Default 16 MiB. */
  readonly turnBytes: number;
}

const mebibyte = 1024 * 1024;

export const defaultLimits: Limits = {
  inputBytes: mebibyte,
  stateBytes: mebibyte,
  historyBytes: 64 * mebibyte,
  turnMessages: 20_000,
  turnBytes: 16 * mebibyte,
};

/** Whether a text is longer than this in UTF-8; counts only where its length leaves a doubt. */
export function isLonger(text: string, bytesMax: number): boolean {
  return text.length > bytesMax || (text.length * 3 > bytesMax && utf8Bytes(text) > bytesMax);
}

/** The JSON text of a value that is sent. @throws SerializationError, LimitExceededError */
export function encodeWithin(limits: Limits, value: unknown, path: string): string | undefined {
  const text = encodeOrRefuse(value, path);
  if (text !== undefined && isLonger(text, limits.inputBytes)) {
    throw new LimitExceededError(path, 'inputBytes', limits.inputBytes);
  }
  return text;
}
