import { InvalidArgumentError } from '../errors/index.js';
import { shown } from '../errors/text.js';
import { checkVersion } from '../model/arguments.js';
import { durationMs, type Duration } from '../model/duration.js';
import { checkOptions, optionsOf, type OptionNames } from '../model/options.js';
import { idProblem } from '../model/text.js';
import type { ActivityContext } from './activity-context.js';
import type {
  ActivityDefinition,
  EntityDefinition,
  EntityHandler,
  EntityOptions,
  OrchestrationDefinition,
} from './definitions.js';
import type { OrchestrationReturn } from './references.js';
import { attemptsProblem } from './attempts.js';
import { isAsyncGenerator } from './generators.js';
import type { OrchestrationContext } from './orchestration-context.js';

const entityOptions: OptionNames<EntityOptions> = {
  effects: true,
  operations: true,
  expireAfter: true,
  readOnly: true,
};

/** Defines an entity by a function that serves every operation. Default options: effects `'external'`. @throws InvalidArgumentError */
export function defineEntity(name: string, handler: EntityHandler): EntityDefinition;
export function defineEntity(name: string, options: EntityOptions, handler: EntityHandler): EntityDefinition;
export function defineEntity(
  name: string,
  optionsOrHandler: EntityOptions | EntityHandler,
  maybeHandler?: EntityHandler,
): EntityDefinition {
  const handler = typeof optionsOrHandler === 'function' ? optionsOrHandler : maybeHandler;
  checkName('entity', name);
  if (name.includes('@')) throw new InvalidArgumentError('entity name', `${JSON.stringify(name)} contains "@"`);
  checkHandler('entity', name, handler);
  const options =
    typeof optionsOrHandler === 'function' ? {} : checkOptions(optionsOrHandler, entityOptions, 'entity options');
  if (options.effects !== undefined && options.effects !== 'none' && options.effects !== 'external') {
    throw new InvalidArgumentError(
      'entity options',
      `effects of ${JSON.stringify(name)} is ${shown(options.effects)}`,
      "Give 'none' or 'external'.",
    );
  }
  const problem = expiryProblem(options.expireAfter);
  if (problem !== undefined) {
    throw new InvalidArgumentError('entity options', `of ${JSON.stringify(name)}: ${problem}`);
  }
  for (const [operation, attempts] of Object.entries(optionsOf(options.operations, 'entity options'))) {
    const problem = attemptsProblem(attempts, options.effects);
    if (problem !== undefined) {
      throw new InvalidArgumentError(
        'entity options',
        `operation ${JSON.stringify(operation)} of ${JSON.stringify(name)}: ${problem}`,
      );
    }
  }
  const { readOnly } = options;
  if (readOnly !== undefined && !(Array.isArray(readOnly) && readOnly.every(isOperation))) {
    throw new InvalidArgumentError(
      'entity options',
      `readOnly of ${JSON.stringify(name)} is not an array of names of operations`,
      "Give names: { readOnly: ['get'] }.",
    );
  }
  return Object.freeze({ kind: 'entity', name, options: Object.freeze({ ...options }), handler: handler! });
}

/**
 * Defines an orchestration by an `async` function, or by a generator function whose `yield` awaits (see OrchestrationSteps). The function
 * must be deterministic: see OrchestrationContext. @throws InvalidArgumentError
 */
export function defineOrchestration<Input = void, Output = void>(
  name: string,
  handler: (context: OrchestrationContext, input: Input) => OrchestrationReturn<Output>,
): OrchestrationDefinition<Input, Output>;
/**
 * Defines one version of an orchestration. A host may register several versions of a name. A run is pinned to the version with which it
 * began; a new run gets the highest one. A definition that is given as a reference stands for the name. @throws InvalidArgumentError
 */
export function defineOrchestration<Input = void, Output = void>(
  name: string,
  options: { /** Version: a whole number of at least 1. Default: 1. */ readonly version?: number },
  handler: (context: OrchestrationContext, input: Input) => OrchestrationReturn<Output>,
): OrchestrationDefinition<Input, Output>;
export function defineOrchestration<Input, Output>(
  name: string,
  optionsOrHandler: { readonly version?: number } | OrchestrationDefinition<Input, Output>['handler'],
  maybeHandler?: OrchestrationDefinition<Input, Output>['handler'],
): OrchestrationDefinition<Input, Output> {
  const handler = typeof optionsOrHandler === 'function' ? optionsOrHandler : maybeHandler;
  checkName('orchestration', name);
  checkHandler('orchestration', name, handler);
  const { version = 1 } =
    typeof optionsOrHandler === 'function'
      ? {}
      : checkOptions(optionsOrHandler, { version: true }, 'orchestration options');
  checkVersion(version);
  if (isAsyncGenerator(handler)) {
    throw new InvalidArgumentError(
      'orchestration handler',
      `of ${JSON.stringify(name)} is an async generator function`,
      'Give an `async` function that awaits, or a `function*` that yields.',
    );
  }
  return Object.freeze({ kind: 'orchestration', name, version, handler: handler! });
}

/** Defines an activity by a function. Its code runs at least once, and its recorded result counts once. @throws InvalidArgumentError */
export function defineActivity<Input = void, Output = void>(
  name: string,
  handler: (context: ActivityContext, input: Input) => Promise<Output> | Output,
): ActivityDefinition<Input, Output> {
  checkName('activity', name);
  checkHandler('activity', name, handler);
  return Object.freeze({ kind: 'activity', name, handler });
}

/** The problem of an `expireAfter`. `undefined` if it is valid. */
export function expiryProblem(expireAfter: Duration | undefined): string | undefined {
  if (expireAfter === undefined) return undefined;
  try {
    return durationMs(expireAfter, 'expireAfter') >= 1 ? undefined : 'expireAfter is less than a millisecond';
  } catch (error) {
    return (error as Error).message;
  }
}

function checkName(kind: string, name: unknown): void {
  const problem = name === '' ? 'it is empty' : idProblem(name);
  if (problem !== undefined) throw new InvalidArgumentError(`${kind} name`, problem, 'Give a non-empty string.');
}

function isOperation(name: unknown): boolean {
  return name !== '' && idProblem(name) === undefined;
}

function checkHandler(kind: string, name: string, handler: unknown): void {
  if (typeof handler !== 'function') {
    throw new InvalidArgumentError(
      `${kind} handler`,
      `of ${JSON.stringify(name)} is ${handler === null ? 'null' : typeof handler}`,
      'Give a function.',
    );
  }
}
