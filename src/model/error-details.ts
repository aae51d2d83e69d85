/** Errors as data: stored by the side that threw, rebuilt as Error objects on the side that awaits. */
import * as errors from '../errors/index.js';
import { SerializationError } from '../errors/argument-errors.js';
import { DurableError, helpOf } from '../errors/durable-error.js';
import { NonError } from '../errors/host-errors.js';
import { readTree, writeTree, type ErrorReader, type ErrorWriter, type Json } from './value-tree.js';

/** An error as data. */
export interface ErrorDetails {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** The error's own fields. Fields that cannot be stored as JSON are omitted. */
  readonly data?: { readonly [field: string]: Json };
  readonly cause?: ErrorDetails;
}

const stackLengthMax = 4_000;
const messageLengthMax = 8_000;

/**
 * The limit of one description: 25 errors below the first, and 256 Ki characters in their fields. Errors contain other errors as causes and
 * in fields, and may even contain each other. Errors and fields above the limit are omitted.
 */
export class ErrorBudget {
  private left = 25;
  private charactersLeft = 256 * 1024;

  /** Counts one more error. `false` if the budget is used up. */
  take(): boolean {
    return this.left-- > 0;
  }

  /** Counts the content of one field. `false` if the field is too large for the remaining budget. */
  takeField(content: Json): boolean {
    const { length } = typeof content === 'string' ? content : JSON.stringify(content);
    if (length > this.charactersLeft) return false;
    this.charactersLeft -= length;
    return true;
  }
}

/** A thrown value as data. A value that is not an Error becomes a NonError. Never throws. */
export function describeError(thrown: unknown, budget = new ErrorBudget()): ErrorDetails {
  return describe(errorOf(thrown), budget);
}

/** A thrown value as an Error. Never throws, not even for a revoked proxy. */
export function errorOf(thrown: unknown): Error {
  try {
    return thrown instanceof Error ? thrown : new NonError(thrown);
  } catch {
    return new NonError('a value that cannot be inspected');
  }
}

function describe(error: Error, budget: ErrorBudget): ErrorDetails {
  const cause = causeOf(error);
  // Causes use the budget before fields do: they explain more.
  const described = cause !== undefined && budget.take() ? describe(cause, budget) : undefined;
  return {
    name: text(() => error.name, 'Error', 200),
    message: text(() => error.message, '', messageLengthMax),
    stack: text(() => error.stack, '', stackLengthMax),
    ...ownFields(error, budget),
    ...(described === undefined ? {} : { cause: described }),
  };
}

function causeOf(error: Error): Error | undefined {
  try {
    const { cause } = error;
    return cause === undefined ? undefined : errorOf(cause);
  } catch {
    return undefined;
  }
}

function text(read: () => unknown, otherwise: string, lengthMax: number): string {
  try {
    const value = read();
    return typeof value === 'string' ? wellFormed(value.slice(0, lengthMax)) : otherwise;
  } catch {
    return otherwise;
  }
}

/** Replaces lone surrogates and NUL, which some databases refuse. */
function wellFormed(value: string): string {
  return value.isWellFormed() && !value.includes('\0')
    ? value
    : Buffer.from(value, 'utf8').toString('utf8').replaceAll('\0', '\uFFFD');
}

const builtIn = new Set(['name', 'message', 'stack', 'cause']);

function ownFields(error: Error, budget: ErrorBudget): { data?: { [field: string]: Json } } {
  const data: { [field: string]: Json } = {};
  let any = false;
  for (const field of fieldsOf(error)) {
    if (builtIn.has(field) || field === '__proto__') continue;
    try {
      // It follows from the code.
      if (field === 'help' && error instanceof DurableError) continue;
      const tree = writeTree((error as unknown as Record<string, unknown>)[field], field, within(budget));
      if (!budget.takeField(tree)) continue;
      data[field] = tree;
      any = true;
    } catch {
      // A field that cannot be stored is omitted: the error itself must never be lost.
    }
  }
  return any ? { data } : {};
}

function fieldsOf(error: Error): string[] {
  try {
    return Object.keys(error);
  } catch {
    return [];
  }
}

/**
 * An Error with the name, message, stack, fields and causes of the original. An instance of the class with this name, if that is an
 * error class of this package or a built-in one such as TypeError.
 */
export function rebuildError(details: ErrorDetails): Error {
  if (typeof (details as ErrorDetails | null)?.name !== 'string' || typeof details.message !== 'string') {
    throw new SerializationError('stored error', 'it has no name or no message');
  }
  const error = new Error(
    details.message,
    details.cause === undefined ? undefined : { cause: rebuildError(details.cause) },
  );
  const known = prototypeOf(details.name);
  if (known !== undefined) Object.setPrototypeOf(error, known);
  hidden(error, 'name', details.name);
  if (details.stack !== undefined) hidden(error, 'stack', details.stack);
  recorded.add(error);
  const data = details.data === undefined ? {} : structuredClone(details.data);
  for (const field of Object.keys(data)) {
    if (builtIn.has(field)) continue;
    try {
      const value = readTree(data[field] as Json, errorReader);
      Object.defineProperty(error, field, { value, enumerable: true, writable: true, configurable: true });
    } catch {
      // A newer version wrote a kind of value that this one does not know: the error itself must never be lost.
    }
  }
  const help = error instanceof DurableError ? helpOf(error.code) : undefined;
  if (help !== undefined) Object.assign(error, { help });
  return error;
}

function hidden(error: Error, field: string, value: unknown): void {
  Object.defineProperty(error, field, { value, enumerable: false, writable: true, configurable: true });
}

/** Errors whose stack is the same in each replay, because it was read from storage. */
const recorded = new WeakSet<Error>();

/**
 * Removes the stack frames of an error that the engine makes while it runs an orchestrator. Such an error must be the same in each
 * replay, but its frames belong to the engine and differ. Errors from storage, and errors of user code, keep their frames.
 */
export function withoutFrames(error: unknown): unknown {
  if (error instanceof DurableError && !recorded.has(error)) {
    hidden(error, 'stack', `${error.name}: ${error.message}`);
    recorded.add(error);
  }
  return error;
}

function prototypeOf(name: string): object | undefined {
  if (Object.hasOwn(errors, name)) {
    const candidate: unknown = (errors as Record<string, unknown>)[name];
    if (typeof candidate === 'function') return candidate.prototype as object;
  }
  switch (name) {
    case 'TypeError':
      return TypeError.prototype;
    case 'RangeError':
      return RangeError.prototype;
    case 'SyntaxError':
      return SyntaxError.prototype;
    case 'ReferenceError':
      return ReferenceError.prototype;
    default:
      return undefined;
  }
}

/** A thrown value as JSON text of ErrorDetails. Never throws. */
export function encodeError(thrown: unknown): string {
  return JSON.stringify(describeError(thrown));
}

export function decodeError(json: string): Error {
  return rebuildError(JSON.parse(json) as ErrorDetails);
}

/** Encodes errors in a value. Each of them has a budget of its own. */
export const errorWriter: ErrorWriter = { describe: (error) => describeError(error) as unknown as Json };

export const errorReader: ErrorReader = { rebuild: (details) => rebuildError(details as unknown as ErrorDetails) };

/** Encodes errors in a field of an error, within the budget of that one. */
function within(budget: ErrorBudget): ErrorWriter {
  return {
    describe: (error) => (budget.take() ? (describeError(error, budget) as unknown as Json) : undefined),
  };
}
