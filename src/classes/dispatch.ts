/** Serves an operation by a method of a class. This layer uses only the public context. */
import {
  EntityConstructionError,
  InvalidArgumentError,
  InvalidInputError,
  InvalidOperationError,
  RegistrationError,
  StateDeserializationError,
  UnknownOperationError,
} from '../errors/index.js';
import { StoredStateProblem, type EntityContext, type StateType } from '../functions/index.js';
import { planOf, type ClassOperation, type ClassPlan } from './class-plan.js';
import { isClass } from './declarations.js';
import { noValuesForInstance, type StateTypes } from './state-types.js';
import type { TaskObject } from './state/task-state-type.js';

type Methods = Record<string, (input: unknown) => unknown>;

export function dispatchTo(
  context: EntityContext,
  type: unknown,
  values: readonly unknown[],
  stateTypes: StateTypes,
  initialized?: () => void,
): unknown {
  const plan = isClass(type) ? planOf(type) : planOfInstance(type);
  // The host has checked registered classes. A class that is only dispatched to is checked here.
  if (plan.problems.length > 0) throw new RegistrationError(plan.problems);
  const operation = plan.operations.find(context.operationName);
  if (operation === undefined) {
    throw new UnknownOperationError(context.entityId, context.operationName, plan.operations.names);
  }
  if (operation.readOnly && initialized === undefined) {
    throw new InvalidOperationError(
      `${plan.type.name} declares ${JSON.stringify(operation.name)} readOnly, and the entity that dispatches to it does not.`,
      `Declare it: defineEntity(name, { readOnly: [${JSON.stringify(operation.name)}] }, …).`,
    );
  }
  // This delete needs no state, so it also works if the state cannot be read.
  if (operation.implicit) return context.deleteState();
  const stateType = isClass(type)
    ? stateTypes.ofClass(plan, values)
    : (noValuesForInstance(values), stateTypes.ofInstance(plan, type as object));
  const isNew = plan.declaration.initialize !== undefined && !context.hasState;
  const target = liveState(context, stateType, operation);
  if (target === undefined) return context.deleteState();
  if (!isNew && !plan.isTask && operation.revive === undefined) {
    return (target as Methods)[operation.method]!(context.getInput());
  }
  return inSteps(context, plan, operation, target, isNew ? (initialized ?? nothing) : undefined);
}

function planOfInstance(instance: unknown): ClassPlan {
  const type = classOf(instance);
  if (!isClass(type) || (type as unknown) === Object) {
    throw new InvalidArgumentError(
      'dispatch',
      `${instance === undefined ? 'undefined (a circular import?)' : typeof instance} is neither a class nor an object of one`,
      'Write `context.dispatch(Counter)`.',
    );
  }
  return planOf(type);
}

function classOf(instance: unknown): unknown {
  try {
    return typeof instance === 'object' && instance !== null ? instance.constructor : undefined;
  } catch {
    return undefined;
  }
}

/** The live state. `undefined` if the operation is `delete` and the state cannot be read: the entity is then deleted without a read. */
function liveState(
  context: EntityContext,
  stateType: StateType<object>,
  operation: ClassOperation,
): object | undefined {
  try {
    return context.getState(stateType);
  } catch (error) {
    const unreadable = error instanceof StateDeserializationError || error instanceof StoredStateProblem;
    if (unreadable && operation.name.toLowerCase() === 'delete') return undefined;
    throw error;
  }
}

/**
 * Serves an operation with the steps that most operations do not need: `initialize`, conversion of the input, and a TaskEntity.
 * @param afterInitialize callback after `initialize`; present only if the state is new and must be initialised
 */
function inSteps(
  context: EntityContext,
  plan: ClassPlan,
  operation: ClassOperation,
  target: object,
  afterInitialize: (() => void) | undefined,
): unknown {
  return then(afterInitialize && initialize(context, plan, target), () => {
    afterInitialize?.();
    return then(revived(context, operation), (input) =>
      then((target as Methods)[operation.method]!(input), (result) => {
        if (plan.isTask && ((target as TaskObject).state ?? undefined) === undefined) context.deleteState();
        return result;
      }),
    );
  });
}

function nothing(): void {}

function initialize(context: EntityContext, plan: ClassPlan, target: object): unknown {
  const failed = (error: unknown): never => {
    throw new EntityConstructionError(context.entityId, context.operationName, error);
  };
  try {
    const done = plan.declaration.initialize!.call(target, context);
    return done instanceof Promise ? done.catch(failed) : done;
  } catch (error) {
    return failed(error);
  }
}

function revived(context: EntityContext, operation: ClassOperation): unknown {
  const input: unknown = context.getInput();
  if (operation.revive === undefined) return input;
  const refuse = (problem: string, cause?: unknown): Error =>
    new InvalidInputError(context.entityId, context.operationName, problem, cause);
  try {
    return operation.revive(input, refuse);
  } catch (error) {
    throw error instanceof StoredStateProblem ? refuse(error.message, error.cause) : error;
  }
}

function then(value: unknown, next: (value: unknown) => unknown): unknown {
  return value instanceof Promise ? value.then(next) : next(value);
}
