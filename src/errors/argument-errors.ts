import { DurableError } from './durable-error.js';
import { quoted } from './text.js';

/** An entity id, or its text, is not well formed. */
export class InvalidEntityIdError extends DurableError {
  constructor(
    readonly value: unknown,
    problem: string,
  ) {
    super(`Not an entity id: ${quoted(value)}: ${problem}.`, {
      code: 'DE_INVALID_ENTITY_ID',
      retry: 'never',
      hint: 'An entity id is a non-empty name without "@" and a key of at most 512 UTF-8 bytes, written "@name@key".',
    });
  }
}

/** An argument of an API of this package is of the wrong kind or out of range. */
export class InvalidArgumentError extends DurableError {
  constructor(
    readonly argument: string,
    problem: string,
    hint = 'See the documentation comment of the function.',
    cause?: unknown,
  ) {
    super(`Invalid ${argument}: ${problem}.`, { code: 'DE_INVALID_ARGUMENT', retry: 'never', hint, cause });
  }
}

/** The call is not possible here or now: a context used after its operation, `getState` with two types, and the like. */
export class InvalidOperationError extends DurableError {
  constructor(message: string, hint: string, cause?: unknown) {
    super(message, { code: 'DE_INVALID_OPERATION', retry: 'never', hint, cause });
  }
}

/** A value cannot be carried as JSON; `path` names the place, e.g. `input.contacts["ann"].photo`. */
export class SerializationError extends DurableError {
  constructor(
    readonly path: string,
    readonly problem: string,
    cause?: unknown,
  ) {
    super(`Cannot serialize ${path}: ${problem}.`, {
      code: 'DE_SERIALIZATION',
      retry: 'never',
      hint: 'Send plain data: JSON values, Date, Map, Set, bigint, Uint8Array, EntityId or Error.',
      cause,
    });
  }
}

/** A signal lambda performed no operation, more than one, or not at once. Nothing was sent. */
export class SignalLambdaError extends DurableError {
  constructor(
    readonly performed: number,
    problem: string,
  ) {
    super(`A signal lambda must perform exactly one operation, synchronously: ${problem}.`, {
      code: 'DE_SIGNAL_LAMBDA',
      retry: 'never',
      hint: 'Write `signalEntity(ICounter, key, (counter) => counter.add(1))`.',
    });
  }
}

/** Something is larger than a limit of the host (`limits` of DurableHost.start). Nothing was sent or stored. */
export class LimitExceededError extends DurableError {
  constructor(
    /** What is too large, e.g. `input`, `state`. */
    readonly subject: string,
    /** Name of the limit. */
    readonly limit: string,
    readonly max: number,
  ) {
    super(`${subject} is over the limit: ${limit} is ${max}.`, {
      code: 'DE_LIMIT_EXCEEDED',
      retry: 'never',
      hint: 'Keep large data elsewhere and send where it is; split a state over several entities; or raise the limit.',
    });
  }
}
