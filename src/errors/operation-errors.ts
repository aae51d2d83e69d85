import type { EntityId } from '../model/entity-id.js';
import { DurableError, type ErrorTraits } from './durable-error.js';
import { quoted, reasonOf } from './text.js';

/** An operation of an entity failed and was rolled back. `cause` is the error that the operation threw, rebuilt from its stored form. */
export class EntityOperationFailedError extends DurableError {
  constructor(
    readonly entityId: EntityId,
    readonly operationName: string,
    cause: unknown,
    traits: Partial<ErrorTraits> & { message?: string } = {},
  ) {
    super(
      traits.message ??
        `Operation ${quoted(operationName)} of entity ${entityId.toString()} failed: ${reasonOf(cause)}`,
      {
        code: traits.code ?? 'DE_OPERATION_FAILED',
        retry: traits.retry ?? 'never',
        hint: traits.hint ?? 'The operation was rolled back. See `cause` for the error that it threw.',
        cause,
      },
    );
  }
}

/** The entity has no operation with this name. */
export class UnknownOperationError extends EntityOperationFailedError {
  constructor(entityId: EntityId, operationName: string, offered: readonly string[] = []) {
    super(entityId, operationName, undefined, {
      message: `Entity ${entityId.toString()} has no operation named ${quoted(operationName)}.`,
      code: 'DE_UNKNOWN_OPERATION',
      hint:
        offered.length > 0
          ? `The entity has these operations: ${offered.join(', ')}.`
          : 'Mark the method with @Operation(), or declare it in an interface that the class implements.',
    });
  }
}

/** The new state of the entity cannot be stored. `path` names the place in the state. The operation was rolled back. */
export class StateSerializationError extends EntityOperationFailedError {
  constructor(
    entityId: EntityId,
    operationName: string,
    readonly path: string,
    problem: string,
    cause?: unknown,
  ) {
    super(entityId, operationName, cause, {
      message: `The state of entity ${entityId.toString()} cannot be stored after ${quoted(operationName)}: ${path}: ${problem}.`,
      code: 'DE_STATE_SERIALIZATION',
      hint: 'A state is data: mark fields that must not be stored with @Exclude(), and give every stored field an initialiser or @Expose().',
    });
  }
}

/** The present code cannot read the stored state of the entity. The stored state is unchanged, and the operation `delete` still works. */
export class StateDeserializationError extends EntityOperationFailedError {
  constructor(
    entityId: EntityId,
    operationName: string,
    readonly path: string,
    problem: string,
    cause?: unknown,
  ) {
    super(entityId, operationName, cause, {
      message: `The stored state of entity ${entityId.toString()} cannot be read for ${quoted(operationName)}: ${path}: ${problem}.`,
      code: 'DE_STATE_DESERIALIZATION',
      hint: 'Nothing was changed. Give the field a type that can read the stored value, or delete the entity.',
    });
  }
}

/** The entity could not be constructed: its constructor, a dependency or its initialisation threw. `cause` is the thrown error. */
export class EntityConstructionError extends EntityOperationFailedError {
  constructor(entityId: EntityId, operationName: string, cause: unknown) {
    super(entityId, operationName, cause, {
      message: `Entity ${entityId.toString()} could not be constructed for ${quoted(operationName)}: ${reasonOf(cause)}`,
      code: 'DE_CONSTRUCTION',
      hint: 'Check the constructor and the bindings of the container given to DurableHost.start.',
    });
  }
}

/** The operation does not accept this input. The code of the operation did not run. */
export class InvalidInputError extends EntityOperationFailedError {
  constructor(entityId: EntityId, operationName: string, problem: string, cause?: unknown) {
    super(entityId, operationName, cause, {
      message: `The input of ${quoted(operationName)} of entity ${entityId.toString()} was refused: ${problem}.`,
      code: 'DE_INVALID_INPUT',
      hint: 'Send an input of the type that the operation declares.',
    });
  }
}

/** An operation of an entity with `effects: 'none'` awaited something outside the entity. The operation was rolled back. */
export class EffectsViolationError extends EntityOperationFailedError {
  constructor(entityId: EntityId, operationName: string) {
    super(entityId, operationName, undefined, {
      message: `Operation ${quoted(operationName)} of entity ${entityId.toString()} was still pending at the end of its turn, but the entity is declared effects: 'none'.`,
      code: 'DE_EFFECTS_VIOLATION',
      hint: "Declare the entity effects: 'external' when its operations await timers, files, networks or other I/O.",
    });
  }
}

/** A read-only operation tried to change state or to send a message. The operation was rolled back. `did` says what it tried. */
export class ReadOnlyViolationError extends EntityOperationFailedError {
  constructor(
    entityId: EntityId,
    operationName: string,
    readonly did: string,
  ) {
    super(entityId, operationName, undefined, {
      message: `Operation ${quoted(operationName)} of entity ${entityId.toString()} is declared readOnly, but it ${did}.`,
      code: 'DE_READ_ONLY',
      hint: 'Remove the change or the message from the operation, or remove readOnly from its declaration.',
    });
  }
}

/**
 * The worker gave a message up after `attemptCount` attempts and moved it to the dead letters (`client.deadLetters()`): each attempt
 * ended the process (a poison message), or the storage refused to store its effects each time. `message` says which. None of its
 * attempts took effect.
 */
export class MessageAbandonedError extends DurableError {
  constructor(
    readonly target: string,
    readonly attemptCount: number,
    /** The whole message text, if the process did not end in its attempts. */
    told?: string,
  ) {
    const died = `its process ended in each of ${attemptCount} attempts`;
    super(told ?? `A message to ${quoted(target)} was given up: ${died}.`, {
      code: 'DE_DEAD_LETTER',
      retry: 'never',
      hint: 'Find out what ends the process (an endless loop, process.exit, too little memory), or why the database refuses the writes of the message. Then retry it from client.deadLetters().',
    });
  }
}
