import { LimitExceededError } from '../errors/index.js';
import { utf8Bytes } from './text.js';
import { encodeOrRefuse } from './values.js';

/** Limits of sizes. Bytes are counted in the JSON text of a value, in UTF-8. */
export interface Limits {
  /** Bytes of one input, result, event or custom status. Default 1 MiB. */
  readonly inputBytes: number;
  /** Bytes of the state of one entity. Default 1 MiB. */
  readonly stateBytes: number;
  /** Bytes of the history of one execution of an orchestration. Default 64 MiB. */
  readonly historyBytes: number;
  /** Number of messages that one operation, or an orchestration between two awaits, may send. Default 20,000. */
  readonly turnMessages: number;
  /** Bytes of the messages that one operation, or an orchestration between two awaits, may send. Default 16 MiB. */
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

/** Tells whether a text has more UTF-8 bytes than this. Counts bytes only if the number of characters does not decide it. */
export function isLonger(text: string, bytesMax: number): boolean {
  return text.length > bytesMax || (text.length * 3 > bytesMax && utf8Bytes(text) > bytesMax);
}

/** Limits, and the check of strict mode. */
export interface ValueRules extends Limits {
  /**
   * Receives each object that is sent, and whose result it is. Throws an error for the program. Absent if strict mode is off.
   */
  readonly inspect?: ((value: object, path: string, owner: ValueOwner | undefined) => void) | undefined;
}

/** A definition of user code. */
export interface ValueOwner {
  readonly kind: string;
  readonly name: string;
}

/**
 * The JSON text of a value that is sent, checked against `inputBytes`, and by strict mode.
 * @throws SerializationError, LimitExceededError
 */
export function encodeWithin(rules: ValueRules, value: unknown, path: string, owner?: ValueOwner): string | undefined {
  const text = encodeBounded(rules, value, path);
  if (rules.inspect !== undefined && typeof value === 'object' && value !== null) rules.inspect(value, path, owner);
  return text;
}

/** The JSON text of a value, checked against `inputBytes`. @throws SerializationError, LimitExceededError */
export function encodeBounded(limits: Limits, value: unknown, path: string): string | undefined {
  const text = encodeOrRefuse(value, path);
  if (text !== undefined && isLonger(text, limits.inputBytes)) {
    throw new LimitExceededError(path, 'inputBytes', limits.inputBytes);
  }
  return text;
}
