/** Port between the contexts and the class layer. The host connects them, so that neither imports the other. */
import type { EntityId } from '../model/entity-id.js';
import type { Json } from '../model/values.js';
import type { EntityContext } from './entity-context.js';
import type { StateType } from './state-type.js';
import type { EntityToken, OperationKind } from './tokens.js';

export interface ClassSupport {
  /** The id of the entity that a token and a target name. @throws UnknownEntityError, AmbiguousEntityError, InvalidArgumentError */
  resolveTarget(token: EntityToken<unknown>, target: unknown): EntityId;
  /** The name of the one entity that implements a token. @throws UnknownEntityError, AmbiguousEntityError, InvalidArgumentError */
  entityName(token: EntityToken<unknown>): string;
  /** Whether an operation makes an object of its input, or is unknown here. Without that, objects of classes arrive as plain data. */
  readsInput(id: EntityId, operation: string): boolean;
  /** A proxy that passes its operations to `sender`. Awaiting, printing or serializing the proxy sends nothing. */
  createProxy(token: EntityToken<unknown>, id: EntityId, sender: OperationSender): object;
  /** The entity of a proxy. `undefined` if the value is not a proxy. */
  proxiedEntity(proxy: unknown): EntityId | undefined;
  /** The operations of a token. @throws InvalidArgumentError if the value is not a token */
  operationsOf(token: EntityToken<unknown>): readonly OfferedOperation[];
  /**
   * Serves the current operation by a method of the class. Uses only the public context.
   * @param initialized callback for read-only operations: called when an initial state was created that is not stored
   */
  dispatch(context: EntityContext, type: unknown, values: readonly unknown[], initialized?: () => void): unknown;
  /** The state type of a class that was given to `getState`. */
  stateTypeOf(type: new (...args: never[]) => unknown): StateType<unknown>;
  /**
   * The stored state of an entity as typed, frozen data: fields without methods, also of nested classes. The result may use parts of `stored`.
   * @throws StoredStateProblem
   */
  viewState(id: EntityId, stored: Json, token?: EntityToken<unknown>): unknown;
  /** The registered name of an orchestration that is given as definition, class or name. @throws InvalidArgumentError */
  orchestrationName(reference: unknown): string;
  /** The registered name of an activity that is given as definition, class or name. @throws InvalidArgumentError */
  activityName(reference: unknown): string;
}

/** An operation of a token. */
export interface OfferedOperation {
  /** Name of the operation in messages. */
  readonly name: string;
  /** Name of the method of a proxy. */
  readonly method: string;
  readonly kind: OperationKind;
}

/** Receives the operations that are invoked on a proxy. */
export interface OperationSender {
  signal(id: EntityId, operation: string, input: unknown): void;
  call(id: EntityId, operation: string, input: unknown): Promise<unknown>;
}
