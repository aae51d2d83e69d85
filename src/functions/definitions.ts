import type { ActivityContext } from './activity-context.js';
import type { Duration } from '../model/duration.js';
import type { EntityContext } from './entity-context.js';
import type { AttemptOptions } from './call-options.js';
import type { OrchestrationContext } from './orchestration-context.js';
import type { OrchestrationReturn } from './references.js';

/**
 * `none`: operations touch nothing but the entity; they run ahead of the commit and must finish in their turn.
 * `external`: operations may do I/O; each starts only after its message, and the outcome of the one before, are committed.
 */
export type Effects = 'none' | 'external';

/** What `defineEntity` takes besides name and handler. */
export interface EntityOptions {
  /** Default `'external'`. */
  readonly effects?: Effects;
  /**
   * How operations are tried, by name; for `effects: 'external'` only. A failed attempt is rolled back before the next one; the
   * last failure is the outcome. Nothing else runs on the entity until then. A crash begins anew.
   */
  readonly operations?: { readonly [operation: string]: AttemptOptions };
  /**
   * An entity whose state was last changed this long ago (time of the database) does not exist any more: for its operations,
   * reads and queries, from then on; its row is deleted some time later. Operations that change nothing do not count.
   * Counts for what is written from now on. Default: for ever.
   */
  readonly expireAfter?: Duration;
  /**
   * Operations that only look, in any spelling of upper and lower case: they create and change no state, send and start nothing;
   * what they try to do fails them (ReadOnlyViolationError). Clients may call them on the committed state.
   */
  readonly readOnly?: readonly string[];
}

/** Serves every operation of a function entity; what it returns is the result. */
export type EntityHandler = (context: EntityContext) => unknown;

/** A function entity, made by `defineEntity`; given to `register`. */
export interface EntityDefinition {
  readonly kind: 'entity';
  /** As registered; entity names are compared in lower case. */
  readonly name: string;
  readonly options: EntityOptions;
  readonly handler: EntityHandler;
}

/** An orchestration, made by `defineOrchestration`; given to `register`, `startNew` and `callSubOrchestration`. */
export interface OrchestrationDefinition<Input = unknown, Output = unknown> {
  readonly kind: 'orchestration';
  readonly name: string;
  /** Default: 1. */
  readonly version?: number | undefined;
  readonly handler: (context: OrchestrationContext, input: Input) => OrchestrationReturn<Output>;
}

/** An activity, made by `defineActivity`; given to `register` and `callActivity`. */
export interface ActivityDefinition<Input = unknown, Output = unknown> {
  readonly kind: 'activity';
  readonly name: string;
  readonly handler: (context: ActivityContext, input: Input) => Promise<Output> | Output;
}
