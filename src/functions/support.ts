/** What the contexts need of the class layer; the host wires one to the other, so that neither knows the other. */
import type { EntityId } from '../model/entity-id.js';
import type { EntityContext } from './entity-context.js';
import type { StateType } from './state-type.js';
import type { EntityToken } from './tokens.js';

export interface ClassSupport {
  /** The entity of a token and a target. @throws UnknownEntityError, AmbiguousEntityError, InvalidArgumentError */
  resolveTarget(token: EntityToken<unknown>, target: unknown): EntityId;
  /** A proxy whose operations go to `sender`. Inert: awaiting, printing or JSON-ing it sends nothing. */
  createProxy(token: EntityToken<unknown>, id: EntityId, sender: OperationSender): object;
  /** The entity that a proxy stands for; `undefined` for anything else. */
  proxiedEntity(proxy: unknown): EntityId | undefined;
  /** Serves the current operation by a method of the class; uses the public context only. */
  dispatch(context: EntityContext, type: unknown, values: readonly unknown[]): unknown;
  /** The state type of a plain class given to `getState`. */
  stateTypeOf(type: new (...args: never[]) => unknown): StateType<unknown>;
  /** The registered name of an orchestration given as definition, class or name. @throws InvalidArgumentError */
  orchestrationName(reference: unknown): string;
  activityName(reference: unknown): string;
}

/** Receives what is invoked on a proxy. */
export interface OperationSender {
  signal(id: EntityId, operation: string, input: unknown): void;
  call(id: EntityId, operation: string, input: unknown): Promise<unknown>;
}
