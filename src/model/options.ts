/** Looking at what programs give: never throws anything but an error that says what is wrong. */
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { quoted, reasonOf } from '../errors/text.js';

/** `instanceof` for anything: what cannot be looked at (a revoked proxy) is nothing. */
export function isA<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/**
 * The options that were given, read once: a getter that throws is told here, and one that changes its mind changes nothing.
 * @throws InvalidArgumentError
 */
export function optionsOf<Options extends object>(given: Options | undefined, argument = 'options'): Options {
  if (given === undefined) return none as Options;
  if (typeof given !== 'object' || given === null) {
    throw new InvalidArgumentError(argument, `${quoted(given)} is no object`, 'Give an object, or leave it out.');
  }
  try {
    if (Array.isArray(given)) throw new InvalidArgumentError(argument, 'an array is given', 'Give an object.');
    const type: unknown = Object.getPrototypeOf(given);
    // Of an object of a class, the accessors stand on the class.
    return type === Object.prototype || type === null ? { ...given } : given;
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw error;
    throw new InvalidArgumentError(argument, `it cannot be read: ${reasonOf(error)}`, 'Give a plain object.', error);
  }
}

const none: object = Object.freeze({});

/** The same as a list; `undefined`: it is none, or cannot be looked at. */
export function listOf(given: unknown): readonly unknown[] | undefined {
  try {
    return Array.isArray(given) ? (given as unknown[]) : undefined;
  } catch {
    return undefined;
  }
}

/** @throws InvalidArgumentError */
export function checkFlag(value: unknown, argument: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw new InvalidArgumentError(argument, `${quoted(value)} is neither true nor false`, 'Give true, or leave it out.');
}
