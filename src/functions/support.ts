/** What the contexts need of the class layer; the host wires one to the other, so that neither knows the other. */
import type { EntityId } from '../model/entity-id.js';
import type { Json } from '../model/values.js';
import type { EntityContext } from './entity-context.js';
import type { StateType } from './state-type.js';
import type { EntityToken, OperationKind } from './tokens.js';

export interface ClassSupport {
  /** The entity of a token and a target. @throws UnknownEntityError, AmbiguousEntityError, InvalidArgumentError */
  resolveTarget(token: EntityToken<unknown>, target: unknown): EntityId;
  /** The name of the one entity that a token stands for. @throws UnknownEntityError, AmbiguousEntityError, InvalidArgumentError */
  entityName(token: EntityToken<unknown>): string;
  /** A proxy whose operations go to `sender`. Inert: awaiting, printing or JSON-ing it sends nothing. */
  createProxy(token: EntityToken<unknown>, id: EntityId, sender: OperationSender): object;
  /** The entity that a proxy stands for; `undefined` for anything else. */
  proxiedEntity(proxy: unknown): EntityId | undefined;
  /** What can be asked of a token. @throws InvalidArgumentError when it is no token */
  operationsOf(token: EntityToken<unknown>): readonly OfferedOperation[];
  /**
   * Serves the current operation by a method of the class; uses the public context only.
   * @param initialized in operations that are declared readOnly: called when a state that is not stored was made and initialised
   */
  dispatch(context: EntityContext, type: unknown, values: readonly unknown[], initialized?: () => void): unknown;
  /** The state type of a plain class given to `getState`. */
  stateTypeOf(type: new (...args: never[]) => unknown): StateType<unknown>;
  /**
   * The stored state of an entity as typed, frozen data: fields and no methods, nested classes too. `stored` is taken over.
   * @throws StoredStateProblem
   */
  viewState(id: EntityId, stored: Json, token?: EntityToken<unknown>): unknown;
  /** The registered name of an orchestration given as definition, class or name. @throws InvalidArgumentError */
  orchestrationName(reference: unknown): string;
  activityName(reference: unknown): string;
}

/** One operation of a token. */
export interface OfferedOperation {
  /** As it is sent. */
  readonly name: string;
  /** What a proxy calls it: the method's name. */
  readonly method: string;
  readonly kind: OperationKind;
}

/** Receives what is invoked on a proxy. */
export interface OperationSender {
  signal(id: EntityId, operation: string, input: unknown): void;
  call(id: EntityId, operation: string, input: unknown): Promise<unknown>;
}
