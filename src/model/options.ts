/** Looking at what programs give: never throws anything but an error that says what is wrong. */
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { quoted, reasonOf } from '../errors/text.js';
import { nearest } from './nearest.js';

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

/** Every option of `Options`, by name: a new option that is missing here does not compile. */
export type OptionNames<Options> = { readonly [Name in keyof Options]-?: true };

/**
 * The options that were given, read once (see `optionsOf`). An option that nobody reads is refused: it would be ignored in silence.
 * @param where begins the message, e.g. `retry`
 * @throws InvalidArgumentError that names the unknown option and the nearest known one
 */
export function checkOptions<Options extends object>(
  given: Options | undefined,
  known: OptionNames<Options>,
  where = 'options',
): Options {
  if (given === undefined) return none as Options;
  const options = optionsOf(given, where);
  const unknown = keysOf(options, where).find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return options;
  const names = Object.keys(known);
  const near = nearest(unknown, names);
  throw new InvalidArgumentError(
    where,
    `there is no option ${quoted(unknown)}${near === undefined ? '' : ` (the nearest is ${JSON.stringify(near)})`}`,
    `The options are: ${names.join(', ')}.`,
  );
}

/** A proxy may refuse to tell its keys. */
function keysOf(options: object, where: string): string[] {
  try {
    return Object.keys(options);
  } catch (error) {
    throw new InvalidArgumentError(where, `it cannot be read: ${reasonOf(error)}`, 'Give a plain object.', error);
  }
}

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
