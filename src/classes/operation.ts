import 'reflect-metadata';
import { RegistrationError } from '../errors/index.js';
import type { AttemptOptions } from '../functions/index.js';
import { declareOperation } from './declarations.js';
import { decoratorOptions, refuseStandardDecorators } from './legacy-decorators.js';
import type { IsAny, ReturnsNothing, RuleBroken } from './rule-broken.js';
import type { EntityInput } from './input.js';

// eslint-disable-next-line typescript/no-explicit-any -- any operation
type AnyMethod = (...args: any[]) => unknown;

type OneWayMethod<M> = M extends (...args: never[]) => infer R
  ? ReturnsNothing<R> extends true
    ? [void] extends [R]
      ? unknown
      : NotOneWay
    : NotOneWay
  : never;

type NotOneWay =
  RuleBroken<'a one-way operation returns exactly void; for an async one-way operation use an interface token'>;

type OneParameter<M> = M extends (...args: infer A) => unknown
  ? IsAny<A> extends true
    ? unknown
    : A extends readonly [] | readonly [unknown?]
      ? unknown
      : RuleBroken<'an operation has at most one parameter'>
  : never;

type TakesInput<M, Input> = M extends (...args: infer A) => unknown
  ? A extends readonly []
    ? unknown
    : [Input] extends [A[0]]
      ? unknown
      : RuleBroken<'the method does not take what the input option makes'>
  : never;

interface OperationOptions<Input> extends AttemptOptions {
  /** Default: the name of the method. */
  readonly name?: string;
  /** Revives the input as this class, or checks it by a Standard Schema (zod, valibot, arktype). What it refuses is InvalidInputError. */
  readonly input?: EntityInput<Input>;
}

/**
 * Makes a method a two-way operation. Declare it to return a Promise: proxies take their types from the method.
 *
 * `timeout` and `retry` are for entities with `effects: 'external'`. A failed attempt is rolled back before the next one; the last
 * failure is the outcome. Nothing else runs on the entity until then. Attempts are not stored: a crash begins anew.
 */
export function Operation<Input = any>( // eslint-disable-line typescript/no-explicit-any -- no input named: anything
  options?: OperationOptions<Input> & {
    readonly oneWay?: false;
    /** It only looks: what it tries to do (change the state, send, start) fails it. Clients may call it on the committed state. */
    readonly readOnly?: boolean;
  },
): <M extends AnyMethod>(
  owner: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<M> & OneParameter<M> & TakesInput<M, Input>,
) => void;
/** Makes a method a one-way operation: a proxy signals it. It returns exactly `void`. */
export function Operation<Input = any>( // eslint-disable-line typescript/no-explicit-any -- no input named: anything
  options: OperationOptions<Input> & { readonly oneWay: true },
): <M extends AnyMethod>(
  owner: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<M> & OneParameter<M> & TakesInput<M, Input> & OneWayMethod<M>,
) => void;
export function Operation(
  given?: { name?: string; oneWay?: boolean; readOnly?: boolean; input?: unknown } & AttemptOptions,
) {
  const options = decoratorOptions('@Operation()', given);
  return (owner: object, method: string | symbol, descriptor?: PropertyDescriptor): void => {
    refuseStandardDecorators('@Operation()', method);
    if (typeof method !== 'string' && typeof method !== 'symbol') {
      throw new RegistrationError(['@Operation() stands on something that is no method']);
    }
    declareOperation(owner, {
      ...options,
      method,
      isStatic: typeof owner === 'function',
      isMethod: typeof descriptor?.value === 'function',
      options,
    });
  };
}
