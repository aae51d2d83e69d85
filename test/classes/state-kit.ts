import { planOf } from '../../src/classes/class-plan.js';
import { Services } from '../../src/classes/construction/services.js';
import { ClassStateType, type StateOptions } from '../../src/classes/state/class-state-type.js';
import type { Json } from '../../src/model/values.js';

// eslint-disable-next-line typescript/no-explicit-any -- any class
type AnyClass<T extends object> = new (...args: any[]) => T;

const services = new Services();

/** The state type of a class, as a host without a container makes it. */
export function stateType<T extends object>(type: AnyClass<T>, options?: StateOptions): ClassStateType {
  return new ClassStateType(type, options ?? planOf(type).declaration, services, []);
}

/** The stored form of a live object. The state type creates an object of the class first, as a runtime does. */
export function captured(live: object): Json {
  const type = stateType(live.constructor as AnyClass<object>);
  type.create();
  return type.capture(live);
}

export function restored<T extends object>(type: AnyClass<T>, stored: Json): T {
  return stateType(type).restore(structuredClone(stored)) as T;
}

/** Through JSON text and back. */
export function roundTrip<T extends object>(live: T): T {
  return stateType(live.constructor as AnyClass<T>).restore(JSON.parse(JSON.stringify(captured(live))) as Json) as T;
}
