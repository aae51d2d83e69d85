/** Safe reading of option objects that programs pass. The only errors are InvalidArgumentErrors that name the problem. */
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { quoted, reasonOf } from '../errors/text.js';
import { nearest } from './nearest.js';

/** `instanceof` that never throws: `false` for a revoked proxy. */
export function isA<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/**
 * A copy of an options object. Each getter is read once: a getter that throws gives an InvalidArgumentError here, and a getter that later
 * returns something else has no effect. An object of a class is returned itself.
 * @throws InvalidArgumentError
 */
export function optionsOf<Options extends object>(given: Options | undefined, argument = 'options'): Options {
  if (given === undefined) return none as Options;
  if (typeof given !== 'object' || given === null) {
    throw new InvalidArgumentError(
      argument,
      `${quoted(given)} is not an object`,
      'Give an object, or omit the argument.',
    );
  }
  try {
    if (Array.isArray(given))
      throw new InvalidArgumentError(argument, 'an array is not an options object', 'Give an object.');
    const type: unknown = Object.getPrototypeOf(given);
    // The accessors of an object of a class are on its prototype, so a copy would lose them.
    return type === Object.prototype || type === null ? { ...given } : given;
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw error;
    throw new InvalidArgumentError(argument, `reading it failed: ${reasonOf(error)}`, 'Give a plain object.', error);
  }
}

const none: object = Object.freeze({});

/** The names of all options of `Options`. A list that lacks an option does not compile. */
export type OptionNames<Options> = { readonly [Name in keyof Options]-?: true };

/**
 * A copy of an options object, read once (see `optionsOf`). Unknown options are refused, because they would have no effect.
 * @param where the name of the argument in the error, e.g. `retry`
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

/** The names of the own properties. The trap of a proxy may throw. */
function keysOf(options: object, where: string): string[] {
  try {
    return Object.keys(options);
  } catch (error) {
    throw new InvalidArgumentError(where, `reading it failed: ${reasonOf(error)}`, 'Give a plain object.', error);
  }
}

/** The value as an array. `undefined` if it is not an array, or is a revoked proxy. */
export function listOf(given: unknown): readonly unknown[] | undefined {
  try {
    return Array.isArray(given) ? (given as unknown[]) : undefined;
  } catch {
    return undefined;
  }
}

/** Checks a boolean option. `undefined` if the option is absent. @throws InvalidArgumentError */
export function checkFlag(value: unknown, argument: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw new InvalidArgumentError(argument, `${quoted(value)} is neither true nor false`, 'Give true, or omit it.');
}

/** Whether the value has a method of this name. */
export function hasMethod(value: unknown, name: string): boolean {
  try {
    return typeof (value as Record<string, unknown>)[name] === 'function';
  } catch {
    return false;
  }
}
