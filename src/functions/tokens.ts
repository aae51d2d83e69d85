/**
 * Tokens: what stands for an entity's operations at run time, and the types of the proxies made from one.
 *
 * TypeScript erases interfaces, so an interface has a token of the same name; every registered class is a token too.
 */
import type { EntityId } from '../model/entity-id.js';

/** A `signal` is one-way, a `call` answers. */
export type OperationKind = 'signal' | 'call';

declare const contract: unique symbol;

/** The run-time token of an entity interface `T`; made by `entityInterface`. */
export interface EntityInterface<T> {
  /** Never there at run time: carries `T`. Covariant, so that a token of a larger interface may stand for a smaller one. */
  readonly [contract]?: () => T;
  readonly interfaceName: string;
}

/** A class of entities; its token is the class itself. */
// eslint-disable-next-line typescript/no-explicit-any -- constructor parameters are injected, whatever they are
export type EntityClass<T> = abstract new (...args: any[]) => T;

/** What stands for the operations of an entity at run time: the token of an interface, or a class. */
export type EntityToken<T> = EntityInterface<T> | EntityClass<T>;

// eslint-disable-next-line typescript/no-explicit-any -- any operation
type AnyMethod = (...args: any[]) => unknown;

/** The methods of `T`. */
export type OperationNames<T> = { [K in keyof T]: T[K] extends AnyMethod ? K : never }[keyof T];

/** What a signal lambda sees: every operation, none with a result. */
export type SignalProxy<T> = {
  readonly [K in OperationNames<T>]: T[K] extends (...args: infer A) => unknown ? (...args: A) => void : never;
};

/** What a call lambda sees: the operations that answer. */
export type CallProxy<T> = {
  readonly [
    K in OperationNames<T> as T[K] extends (...args: never[]) => infer R ? ([R] extends [void] ? never : K) : never
  ]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

/** What an orchestration's proxy looks like: a `void` operation signals, one that returns a Promise calls. */
export type OrchestrationProxy<T> = {
  readonly [K in OperationNames<T>]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => [R] extends [void] ? void : Promise<Awaited<R>>
    : never;
};

/** An entity id, or a key alone where exactly one registered class implements the token. */
export type EntityTarget = EntityId | string;
