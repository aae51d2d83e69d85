import type { ActivityContext } from './activity-context.js';
import type { Duration } from '../model/duration.js';
import type { EntityContext } from './entity-context.js';
import type { AttemptOptions } from './call-options.js';
import type { OrchestrationContext } from './orchestration-context.js';
import type { OrchestrationReturn } from './references.js';

/**
 * Resources that operations of an entity may use.
 *
 * - `none`: only the entity itself. Operations run before the commit, and must end in the turn in which they begin.
 * - `external`: I/O too. An operation begins after the commit of its message and of the outcome of the operation before it.
 */
export type Effects = 'none' | 'external';

/** Options of `defineEntity`. */
export interface EntityOptions {
  /** Resources that the operations may use. Default: `'external'`. */
  readonly effects?: Effects;
  /**
   * Time limits and retry policies by name of operation, for `effects: 'external'` only. The worker rolls a failed attempt back before the
   * next one; the last failure is the outcome. No other operation of the entity runs until then. After a crash of the process, the
   * attempts are counted from the first one again. Default: one attempt without a time limit.
   */
  readonly operations?: { readonly [operation: string]: AttemptOptions };
  /**
   * Time after the last change of its state (by hub time) at which an entity expires. An expired entity does not exist any more for
   * operations, reads and queries; retention deletes its row later. Operations that change nothing do not extend the time. A new value
   * applies to states that are written from then on. At least 1 ms. Default: entities do not expire.
   */
  readonly expireAfter?: Duration;
  /**
   * Names of read-only operations, in upper or lower case. A read-only operation creates and changes no state, and sends and starts nothing;
   * if it tries to, it fails with ReadOnlyViolationError. Clients may call it on the committed state. Default: no operations.
   */
  readonly readOnly?: readonly string[];
}

/** Function that serves every operation of a function entity. Its return value, or the value of its promise, is the result. */
export type EntityHandler = (context: EntityContext) => unknown;

/** A function entity, made by `defineEntity` for the option `register`. */
export interface EntityDefinition {
  readonly kind: 'entity';
  /** Name as registered. Entity names are compared in lower case. */
  readonly name: string;
  readonly options: EntityOptions;
  readonly handler: EntityHandler;
}

/** An orchestration, made by `defineOrchestration` for `register`, `startNew` and `callSubOrchestration`. */
export interface OrchestrationDefinition<Input = unknown, Output = unknown> {
  readonly kind: 'orchestration';
  readonly name: string;
  /** Version: a whole number of at least 1. Default: 1. */
  readonly version?: number | undefined;
  readonly handler: (context: OrchestrationContext, input: Input) => OrchestrationReturn<Output>;
}

/** An activity, made by `defineActivity` for `register` and `callActivity`. */
export interface ActivityDefinition<Input = unknown, Output = unknown> {
  readonly kind: 'activity';
  readonly name: string;
  readonly handler: (context: ActivityContext, input: Input) => Promise<Output> | Output;
}
