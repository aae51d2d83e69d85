import { InvalidArgumentError } from '../../errors/index.js';
import type { AnyClass } from '../declarations.js';
import type { InjectionPlan } from './injection.js';

/**
 * The constructor parameter that each value fills, from left to right. A value never fills a parameter marked `@inject`. A value fills a
 * parameter of the type of a class if it is an instance of that class, or if no other parameter is left and the container does not have
 * the class.
 * @throws InvalidArgumentError if no parameter is left for a value, or a required parameter gets no value
 */
export function assignValues(
  type: AnyClass,
  plan: InjectionPlan,
  values: readonly unknown[],
  isBound: (service: unknown) => boolean,
): readonly number[] {
  const free = plan.parameters.flatMap((injection, index) =>
    injection.kind === 'service' && injection.explicit ? [] : [index],
  );
  const places: number[] = [];
  for (const [index, value] of values.entries()) {
    const place =
      free.find((candidate) => fits(plan.types[candidate], value)) ??
      free.find((candidate) => !isBound(plan.types[candidate]));
    if (place === undefined) {
      throw new InvalidArgumentError(
        'dispatch',
        `the constructor of ${type.name} has no parameter left for value ${index + 1} of ${values.length}`,
        'Values fill the constructor parameters that are not injected, left to right.',
      );
    }
    places.push(place);
    free.splice(free.indexOf(place), 1);
  }
  checkFilled(type, plan, places);
  return places;
}

/** Refuses a required parameter without metadata and without a value: it would silently be `undefined`, or get the value of another one. */
function checkFilled(type: AnyClass, plan: InjectionPlan, places: readonly number[]): void {
  const empty = plan.parameters.findIndex(
    (injection, index) => injection.kind === 'open' && index < plan.required && !places.includes(index),
  );
  if (empty < 0) return;
  throw new InvalidArgumentError(
    'dispatch',
    `constructor parameter ${empty + 1} of ${type.name} is neither injected nor given`,
    'Give a value for it, or decorate the class (with decorator metadata emitted) or the parameter (@inject), so that it is injected.',
  );
}

function fits(parameter: unknown, value: unknown): boolean {
  switch (parameter) {
    case undefined:
    case Object:
      return true;
    case String:
      return typeof value === 'string';
    case Number:
      return typeof value === 'number';
    case Boolean:
      return typeof value === 'boolean';
    case BigInt:
      return typeof value === 'bigint';
    default:
      return typeof parameter === 'function' && value instanceof parameter;
  }
}
