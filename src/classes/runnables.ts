import 'reflect-metadata';
import type { ActivityContext, OrchestrationContext } from '../functions/index.js';
import { declareRunnable } from './declarations.js';
import { decoratorOptions, refuseStandardDecorators } from './legacy-decorators.js';

interface RunnableOptions {
  /** Name of the activity or orchestration. Default: the name of the class. */
  readonly name?: string;
}

interface VersionedOptions extends RunnableOptions {
  /** Version: a whole number of at least 1; see defineOrchestration. Default: 1. */
  readonly version?: number;
}

// The type of the input is checked where the class is used.
type Runnable<Context> = abstract new (
  // eslint-disable-next-line typescript/no-explicit-any -- injected
  ...args: any[]
) => { run(context: Context, input: never): unknown };

/** Makes a class with a `run(context, input)` method an activity. Its constructor parameters are injected. */
export function Activity(options?: RunnableOptions) {
  const given = decoratorOptions('@Activity()', options);
  return (type: Runnable<ActivityContext>, second?: unknown): void => {
    refuseStandardDecorators('@Activity()', second);
    declareRunnable(type, { kind: 'activity', options: given });
  };
}

/**
 * Makes a class with a `run(context, input)` method an orchestration. `run` must be deterministic. Each run, and each replay of it, has a
 * new object. Its constructor parameters are injected.
 */
export function Orchestration(options?: VersionedOptions) {
  const given = decoratorOptions('@Orchestration()', options);
  return (type: Runnable<OrchestrationContext>, second?: unknown): void => {
    refuseStandardDecorators('@Orchestration()', second);
    declareRunnable(type, { kind: 'orchestration', options: given });
  };
}
