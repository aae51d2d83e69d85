/**
 * Tokens: values that name the operations of an entity at run time, and the types of the proxies that are made from them.
 *
 * TypeScript erases interfaces, so an interface has a token of the same name. Every registered class is a token too.
 */
import type { EntityId } from '../model/entity-id.js';

/** A `signal` is one-way, a `call` has an answer. */
export type OperationKind = 'signal' | 'call';

declare const contract: unique symbol;

/** The run-time token of an entity interface `T`, made by `entityInterface`. */
export interface EntityInterface<T> {
  /** Carries the type `T`; absent at run time. Covariant, so that a token of a larger interface can be used for a smaller one. */
  readonly [contract]?: () => T;
  readonly interfaceName: string;
}

/** A class of entities. The class itself is its token. */
// eslint-disable-next-line typescript/no-explicit-any -- constructor parameters of any type are injected
export type EntityClass<T> = abstract new (...args: any[]) => T;

/** Names the operations of an entity at run time: the token of an interface, or a class. */
export type EntityToken<T> = EntityInterface<T> | EntityClass<T>;

// eslint-disable-next-line typescript/no-explicit-any -- any operation
type AnyMethod = (...args: any[]) => unknown;

/** Names of the methods of `T`. */
export type OperationNames<T> = { [K in keyof T]: T[K] extends AnyMethod ? K : never }[keyof T];

/** Proxy of a signal lambda: every operation, without its result. */
export type SignalProxy<T> = {
  readonly [K in OperationNames<T>]: T[K] extends (...args: infer A) => unknown ? (...args: A) => void : never;
};

/** Proxy of a call lambda: the operations that have an answer. */
export type CallProxy<T> = {
  readonly [
    K in OperationNames<T> as T[K] extends (...args: never[]) => infer R ? ([R] extends [void] ? never : K) : never
  ]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

/** Proxy of an orchestration: a `void` operation signals, an operation that returns a Promise calls. */
export type OrchestrationProxy<T> = {
  readonly [K in OperationNames<T>]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => [R] extends [void] ? void : Promise<Awaited<R>>
    : never;
};

/** An entity id, or only a key if exactly one registered class implements the token. */
export type EntityTarget = EntityId | string;
