import type { EntityId } from '../model/entity-id.js';
import type { SignalOptions, StartOptions } from './call-options.js';
import type { OrchestrationReference } from './references.js';
import type { StateType } from './state-type.js';
import type { EntityTarget, EntityToken, SignalProxy } from './tokens.js';

/**
 * What an operation of an entity sees. Given as a parameter and as `Entity.current`; usable until the operation has ended
 * (afterwards: InvalidOperationError).
 */
export interface EntityContext {
  /** Lower case. */
  readonly entityName: string;
  readonly entityKey: string;
  readonly entityId: EntityId;
  /** `@name@key`. */
  readonly instanceId: string;
  /** As sent. */
  readonly operationName: string;
  /** Whether the entity has a state at this point of the operation. */
  readonly hasState: boolean;
  /** Aborted when the operation should give up: its timeout is over, or the worker stops or lost its lease. */
  readonly signal: AbortSignal;
  /** Grows whenever the entity changes its worker; foreign systems can refuse a smaller one than the last they saw. */
  readonly fencingToken: number;

  /** The input, the same object each time; `undefined` without one. */
  getInput<T = unknown>(): T;

  /** The state, to be changed in place or replaced by `setState`; `undefined` without one. */
  getState<T = unknown>(): T | undefined;
  /** The state; without one it is created: by the function, by `new Class()`, or by the type. */
  // eslint-disable-next-line typescript/no-explicit-any -- any constructor
  getState<T>(initial: (new (...args: any[]) => T) | StateType<T>): T;
  getState<T>(initial: () => T): T;

  /** Creates or replaces the state; `undefined` and `null` delete it. @throws nothing at once: what cannot be stored fails the operation at its end */
  setState(value: unknown): void;
  /** Deletes the state, if there is one. Later changes of an object that `getState` gave count for nothing; a later `setState` creates it again. */
  deleteState(): void;
  /** The same as `deleteState`. */
  destructOnExit(): void;
  /** Sets the result; the last one wins, also over the value that the function returns. */
  return(value: unknown): void;

  /** Sends a one-way operation, when this one commits. */
  signalEntity(id: EntityId, operation: string, input?: unknown, options?: SignalOptions): void;
  signalEntity<T>(
    token: EntityToken<T>,
    target: EntityTarget,
    send: (proxy: SignalProxy<T>) => void,
    options?: SignalOptions,
  ): void;

  /**
   * Cancels the scheduled signal to an entity that has this name, when this operation commits. One that runs already, or has run,
   * is not affected.
   */
  cancelSignal(id: EntityId, name: string): void;
  cancelSignal<T>(token: EntityToken<T>, target: EntityTarget, name: string): void;

  /** Starts an orchestration, when this operation commits; returns its instance id. */
  startNewOrchestration<Input, Output>(
    orchestration: OrchestrationReference<Input, Output> | string,
    options?: StartOptions<Input>,
  ): string;

  /**
   * Serves this operation by a method of the class, on the state as an instance of it: the class layer, for a function
   * entity. `values` fill the constructor parameters that are not injected, left to right. Returns what the method returns.
   */
  // eslint-disable-next-line typescript/no-explicit-any -- any constructor
  dispatch(type: (abstract new (...args: any[]) => object) | object, ...values: unknown[]): unknown;

  /** Fails the operation with UnknownOperationError. */
  unknownOperation(): never;
}
