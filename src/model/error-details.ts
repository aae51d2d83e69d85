/** How errors cross from the code that threw to the code that awaits: as data, rebuilt on the other side. */
import * as errors from '../errors/index.js';
import { SerializationError } from '../errors/argument-errors.js';
import { DurableError } from '../errors/durable-error.js';
import { NonError } from '../errors/host-errors.js';
import { fromTree, toTree, type Json } from './values.js';

/** An error as data. */
export interface ErrorDetails {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** The error's own fields, as far as they can be carried. */
  readonly data?: { readonly [field: string]: Json };
  readonly cause?: ErrorDetails;
}

const stackLengthMax = 4_000;
const messageLengthMax = 8_000;

/**
 * Errors contain errors, as causes and in fields, and may contain each other: this many are described, with this much in their
 * fields; the rest stays behind.
 */
export class ErrorBudget {
  private left = 25;
  private charactersLeft = 256 * 1024;

  /** False when the budget is used up. */
  take(): boolean {
    return this.left-- > 0;
  }

  /** False when a field is too much. */
  takeField(content: Json): boolean {
    const { length } = typeof content === 'string' ? content : JSON.stringify(content);
    if (length > this.charactersLeft) return false;
    this.charactersLeft -= length;
    return true;
  }
}

/** Anything thrown, as data; never throws. What is no Error becomes a NonError with that value. */
export function describeError(thrown: unknown, budget = new ErrorBudget()): ErrorDetails {
  return describe(errorOf(thrown), budget);
}

/** What was thrown as an Error that can be looked at. */
export function errorOf(thrown: unknown): Error {
  try {
    return thrown instanceof Error ? thrown : new NonError(thrown);
  } catch {
    return new NonError('a value that cannot be looked at');
  }
}

function describe(error: Error, budget: ErrorBudget): ErrorDetails {
  const cause = causeOf(error);
  // Causes before fields: where the budget ends, the chain is worth more.
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

/** No lone surrogates, no NUL: no database refuses it. */
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
      const tree = toTree((error as unknown as Record<string, unknown>)[field], field, budget);
      if (!budget.takeField(tree)) continue;
      data[field] = tree;
      any = true;
    } catch {
      // A field that cannot be carried stays behind; the error itself must always cross.
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

/** An Error with the name, message, stack, fields and causes of the original; an instance of our own class where it was one. */
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
      const value = fromTree(data[field] as Json);
      Object.defineProperty(error, field, { value, enumerable: true, writable: true, configurable: true });
    } catch {
      // A later version wrote a kind of value that this one does not know: the error itself must always cross.
    }
  }
  return error;
}

function hidden(error: Error, field: string, value: unknown): void {
  Object.defineProperty(error, field, { value, enumerable: false, writable: true, configurable: true });
}

/** Errors whose stack was read back: it is the same whenever the same text is read. */
const recorded = new WeakSet<Error>();

/**
 * An error that an orchestrator meets must be the same whenever its code is replayed: the frames of one that is made on the way are
 * those of the engine, and differ. Of one of this package they are dropped; what was read back, and what programs make, stays.
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

/** The JSON text of anything thrown; never throws. */
export function encodeError(thrown: unknown): string {
  return JSON.stringify(describeError(thrown));
}

export function decodeError(json: string): Error {
  return rebuildError(JSON.parse(json) as ErrorDetails);
}
