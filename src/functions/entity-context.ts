import type { EntityId } from '../model/entity-id.js';
import type { SignalOptions, StartOptions } from './call-options.js';
import type { ContextLog } from './context-log.js';
import type { OrchestrationReference } from './references.js';
import type { StateType } from './state-type.js';
import type { EntityTarget, EntityToken, SignalProxy } from './tokens.js';

/**
 * Context of an operation of an entity, given as a parameter and as `Entity.current`. After the operation has ended, every use throws
 * InvalidOperationError.
 */
export interface EntityContext {
  /** Name of the entity in lower case. */
  readonly entityName: string;
  readonly entityKey: string;
  readonly entityId: EntityId;
  /** Id of the entity as text: `@name@key`. */
  readonly instanceId: string;
  /** Name of the operation as the sender wrote it. */
  readonly operationName: string;
  /** Whether the entity has a state at this point of the operation. */
  readonly hasState: boolean;
  /** Aborted when the operation should stop: after its timeout, or when the worker stops or loses its lease. */
  readonly signal: AbortSignal;
  /**
   * Log with the entity, its key and the operation in each line. Lines are written after the commit of the operation, also of one that
   * failed. A call on the committed state writes none.
   */
  readonly log: ContextLog;
  /** Fencing token: a number that grows with each change of the entity's worker. An external system can refuse a smaller one than it has seen. */
  readonly fencingToken: number;

  /** The input, the same object in each call. `undefined` if the message has no input. */
  getInput<T = unknown>(): T;

  /** The state, to be changed in place or replaced by `setState`. `undefined` if the entity has no state. @throws StateDeserializationError */
  getState<T = unknown>(): T | undefined;
  /**
   * The state. If the entity has none, it is created by the function, by `new Class()`, or by the state type.
   * @throws StateDeserializationError, EntityConstructionError, InvalidOperationError for a second type within one operation
   */
  // eslint-disable-next-line typescript/no-explicit-any -- any constructor
  getState<T>(initial: (new (...args: any[]) => T) | StateType<T>): T;
  getState<T>(initial: () => T): T;

  /** Creates or replaces the state; `undefined` and `null` delete it. A value that cannot be stored fails the operation at its end. */
  setState(value: unknown): void;
  /** Deletes the state, if the entity has one. Later changes of an object from `getState` have no effect. A later `setState` creates a state again. */
  deleteState(): void;
  /** Deletes the state, as `deleteState` does. */
  destructOnExit(): void;
  /** Sets the result. The last call wins, also over the return value of the function. */
  return(value: unknown): void;

  /**
   * Sends a one-way operation when this operation commits.
   * @throws UnknownEntityError, AmbiguousEntityError, SignalLambdaError, SerializationError, InvalidArgumentError, LimitExceededError
   */
  signalEntity(id: EntityId, operation: string, input?: unknown, options?: SignalOptions): void;
  signalEntity<T>(
    token: EntityToken<T>,
    target: EntityTarget,
    send: (proxy: SignalProxy<T>) => void,
    options?: SignalOptions,
  ): void;

  /**
   * Cancels the scheduled signal of this name to an entity when this operation commits. A signal that runs already, or has run, is not
   * affected.
   */
  cancelSignal(id: EntityId, name: string): void;
  cancelSignal<T>(token: EntityToken<T>, target: EntityTarget, name: string): void;

  /**
   * Starts an orchestration when this operation commits. Returns its instance id.
   * @throws UnknownOrchestrationError, InvalidArgumentError, SerializationError, LimitExceededError
   */
  startNewOrchestration<Input, Output>(
    orchestration: OrchestrationReference<Input, Output> | string,
    options?: StartOptions<Input>,
  ): string;

  /**
   * Serves this operation by a method of the class, with the state as an instance of the class. `values` fill, from left to right, the
   * constructor parameters that are not injected. Returns the return value of the method.
   */
  // eslint-disable-next-line typescript/no-explicit-any -- any constructor
  dispatch(type: (abstract new (...args: any[]) => object) | object, ...values: unknown[]): unknown;

  /** Fails the operation with UnknownOperationError. */
  unknownOperation(): never;
}
