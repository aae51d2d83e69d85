import 'reflect-metadata';
import type { ActivityContext, OrchestrationContext } from '../functions/index.js';
import { declareRunnable } from './declarations.js';
import type { ArgumentsOf, InjectedToken } from './construction/inject-option.js';
import { decorateClass, decoratorOptions } from './decorator-dialects.js';

interface RunnableOptions<Tokens extends readonly InjectedToken[]> {
  /** Name of the activity or orchestration. Default: the name of the class. */
  readonly name?: string;
  /** Tokens of the constructor parameters, in their order. Needed where the compiler records no types of parameters. */
  readonly inject?: Tokens;
}

interface VersionedOptions<Tokens extends readonly InjectedToken[]> extends RunnableOptions<Tokens> {
  /** Version: a whole number of at least 1; see defineOrchestration. Default: 1. */
  readonly version?: number;
}

// The type of the input is checked where the class is used.
type Runnable<Context, Arguments extends unknown[]> = abstract new (...args: Arguments) => {
  run(context: Context, input: never): unknown;
};

/** Makes a class with a `run(context, input)` method an activity. Its constructor parameters are injected. */
export function Activity<const Tokens extends readonly InjectedToken[] = readonly InjectedToken[]>(
  options?: RunnableOptions<Tokens>,
) {
  const given = decoratorOptions('@Activity()', options);
  return (type: Runnable<ActivityContext, ArgumentsOf<Tokens>>, context?: unknown): void => {
    decorateClass('@Activity()', type, context, (final) =>
      declareRunnable(final, { kind: 'activity', options: given }),
    );
  };
}

/**
 * Makes a class with a `run(context, input)` method an orchestration. `run` must be deterministic. Each run, and each replay of it, has a
 * new object. Its constructor parameters are injected.
 */
export function Orchestration<const Tokens extends readonly InjectedToken[] = readonly InjectedToken[]>(
  options?: VersionedOptions<Tokens>,
) {
  const given = decoratorOptions('@Orchestration()', options);
  return (type: Runnable<OrchestrationContext, ArgumentsOf<Tokens>>, context?: unknown): void => {
    decorateClass('@Orchestration()', type, context, (final) =>
      declareRunnable(final, { kind: 'orchestration', options: given }),
    );
  };
}
