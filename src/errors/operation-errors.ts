import type { EntityId } from '../model/entity-id.js';
import { DurableError, type ErrorTraits } from './durable-error.js';
import { quoted, reasonOf } from './text.js';

/** An operation of an entity failed; nothing it did took effect. `cause` is what it threw, rebuilt. */
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
        hint: traits.hint ?? 'The operation was rolled back; see `cause` for what it threw.',
        cause,
      },
    );
  }
}

/** The entity has no operation of this name. */
export class UnknownOperationError extends EntityOperationFailedError {
  constructor(entityId: EntityId, operationName: string, offered: readonly string[] = []) {
    super(entityId, operationName, undefined, {
      message: `Entity ${entityId.toString()} has no operation named ${quoted(operationName)}.`,
      code: 'DE_UNKNOWN_OPERATION',
      hint:
        offered.length > 0
          ? `It offers: ${offered.join(', ')}.`
          : 'Mark the method @Operation(), or name it in an interface that the class implements.',
    });
  }
}

/** The state of the entity cannot be written; `path` names the place. The state before the operation stands. */
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
      hint: 'State is data: mark what must not be stored @Exclude(), and give every stored field an initialiser or @Expose().',
    });
  }
}

/** The stored state of the entity cannot be read by the code of today. It is kept as it is; `delete` still works. */
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
      hint: 'Nothing was changed. Bring back a readable type for the field, or delete the entity.',
    });
  }
}

/** The entity's class could not be built: its constructor, a dependency, or its initialisation threw. */
export class EntityConstructionError extends EntityOperationFailedError {
  constructor(entityId: EntityId, operationName: string, cause: unknown) {
    super(entityId, operationName, cause, {
      message: `Entity ${entityId.toString()} could not be constructed for ${quoted(operationName)}: ${reasonOf(cause)}`,
      code: 'DE_CONSTRUCTION',
      hint: 'Check the constructor and the bindings of the container given to DurableHost.start.',
    });
  }
}

/** The input of the operation was refused. */
export class InvalidInputError extends EntityOperationFailedError {
  constructor(entityId: EntityId, operationName: string, problem: string, cause?: unknown) {
    super(entityId, operationName, cause, {
      message: `The input of ${quoted(operationName)} of entity ${entityId.toString()} was refused: ${problem}.`,
      code: 'DE_INVALID_INPUT',
      hint: 'Send what the operation declares.',
    });
  }
}

/** An entity declared `effects: 'none'` awaited something outside itself. The operation was rolled back. */
export class EffectsViolationError extends EntityOperationFailedError {
  constructor(entityId: EntityId, operationName: string) {
    super(entityId, operationName, undefined, {
      message: `Operation ${quoted(operationName)} of entity ${entityId.toString()} was still pending at the end of its turn, but the entity is declared effects: 'none'.`,
      code: 'DE_EFFECTS_VIOLATION',
      hint: "Declare the entity effects: 'external' when its operations await timers, files, networks or other I/O.",
    });
  }
}

/** An operation that is declared readOnly did something. It was rolled back. */
export class ReadOnlyViolationError extends EntityOperationFailedError {
  constructor(
    entityId: EntityId,
    operationName: string,
    readonly did: string,
  ) {
    super(entityId, operationName, undefined, {
      message: `Operation ${quoted(operationName)} of entity ${entityId.toString()} is declared readOnly, but it ${did}.`,
      code: 'DE_READ_ONLY',
      hint: 'Let it look only, or drop readOnly.',
    });
  }
}

/**
 * The message was given up and set aside (`client.deadLetters()`): it ended its process each time it was tried, or the storage refused
 * what it wrote each time. `message` says which. Nothing it did took effect.
 */
export class MessageAbandonedError extends DurableError {
  constructor(
    readonly target: string,
    readonly attemptCount: number,
    /** The whole message, where it was given up for another reason. */
    told?: string,
  ) {
    const died = `its process ended in each of ${attemptCount} attempts`;
    super(told ?? `A message to ${quoted(target)} was given up: ${died}.`, {
      code: 'DE_DEAD_LETTER',
      retry: 'never',
      hint: 'Find out what ends the process (an endless loop, process.exit, memory), or why the database refuses what it writes; then retry it from client.deadLetters().',
    });
  }
}
