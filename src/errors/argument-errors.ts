import { DurableError } from './durable-error.js';
import { quoted } from './text.js';

/** An entity id, its name, its key or its text form is not valid. `value` is the value that was given. */
export class InvalidEntityIdError extends DurableError {
  constructor(
    readonly value: unknown,
    problem: string,
  ) {
    super(`Invalid entity id ${quoted(value)}: ${problem}.`, {
      code: 'DE_INVALID_ENTITY_ID',
      retry: 'never',
      hint: 'An entity id is a non-empty name without "@" and a key of at most 512 UTF-8 bytes, written "@name@key".',
    });
  }
}

/** An argument has the wrong type or is out of range. `argument` names it, e.g. `scheduledTime`. The call had no effect. */
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

/**
 * The call is not allowed in this place or at this time. Examples: a context is used after its operation has ended, or `getState` is
 * called with two different types.
 */
export class InvalidOperationError extends DurableError {
  constructor(message: string, hint: string, cause?: unknown) {
    super(message, { code: 'DE_INVALID_OPERATION', retry: 'never', hint, cause });
  }
}

/** A value cannot be stored as JSON. `path` names its place, e.g. `input.contacts["ann"].photo`, and `problem` the reason. */
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

/**
 * A signal lambda did not perform exactly one operation synchronously. Nothing was sent. `performed` is the number of operations that
 * it performed.
 */
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

/** A value is larger than a limit of the host (`limits` of `DurableHost.start`). Nothing was sent or stored. */
export class LimitExceededError extends DurableError {
  constructor(
    /** The value that is too large, e.g. `input` or `state`. */
    readonly subject: string,
    /** The name of the limit, e.g. `inputBytes`. */
    readonly limit: string,
    /** The value of the limit: bytes, or a number of messages. */
    readonly max: number,
  ) {
    super(`${subject} is over the limit: ${limit} is ${max}.`, {
      code: 'DE_LIMIT_EXCEEDED',
      retry: 'never',
      hint: 'Store large data outside and send its address, split a state over several entities, or raise the limit.',
    });
  }
}
