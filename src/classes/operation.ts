import 'reflect-metadata';
import { RegistrationError } from '../errors/index.js';
import type { AttemptOptions } from '../functions/index.js';
import { declareOperation } from './declarations.js';
import { decoratorOptions, metadataOf, standardContext } from './decorator-dialects.js';
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

/** A method that is neither static nor private. */
type OperationContext<M extends AnyMethod> = ClassMethodDecoratorContext<ThisParameterType<M>, M> & {
  readonly static: false;
  readonly private: false;
};

/** The decorator of a method, in both dialects: with `experimentalDecorators`, and standard. */
interface TwoWayDecorator<Input> {
  <M extends AnyMethod>(
    owner: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<M> & OneParameter<M> & TakesInput<M, Input>,
  ): void;
  <M extends AnyMethod>(method: M & OneParameter<M> & TakesInput<M, Input>, context: OperationContext<M>): void;
}

interface OneWayDecorator<Input> {
  <M extends AnyMethod>(
    owner: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<M> & OneParameter<M> & TakesInput<M, Input> & OneWayMethod<M>,
  ): void;
  <M extends AnyMethod>(
    method: M & OneParameter<M> & TakesInput<M, Input> & OneWayMethod<M>,
    context: OperationContext<M>,
  ): void;
}

interface OperationOptions<Input> extends AttemptOptions {
  /** Name of the operation. Default: the name of the method. */
  readonly name?: string;
  /** Class to which the input is converted, or a Standard Schema (zod, valibot, arktype) that validates it. A refused input gives InvalidInputError. */
  readonly input?: EntityInput<Input>;
}

/**
 * Makes a method a two-way operation. Declare it to return a Promise: proxies take their types from the method.
 *
 * `timeout` and `retry` need an entity with `effects: 'external'`. The worker rolls a failed attempt back before the next one; the last
 * failure is the outcome. No other operation of the entity runs until then. Attempts are not stored: after a crash of the process they
 * are counted from the first one again.
 */
export function Operation<Input = any>( // eslint-disable-line typescript/no-explicit-any -- any input
  options?: OperationOptions<Input> & {
    readonly oneWay?: false;
    /** Read-only: an attempt to change the state, send or start fails the operation. Clients may call it on the committed state. Default: `false`. */
    readonly readOnly?: boolean;
  },
): TwoWayDecorator<Input>;
/** Makes a method a one-way operation, which a proxy signals. The method must return exactly `void`. */
export function Operation<Input = any>( // eslint-disable-line typescript/no-explicit-any -- any input
  options: OperationOptions<Input> & { readonly oneWay: true },
): OneWayDecorator<Input>;
export function Operation(
  given?: { name?: string; oneWay?: boolean; readOnly?: boolean; input?: unknown } & AttemptOptions,
) {
  const options = decoratorOptions('@Operation()', given);
  return (owner: object, method: unknown, descriptor?: PropertyDescriptor): void => {
    const context = standardContext(method);
    if (context !== undefined && context.kind !== 'class') {
      declareOperation(metadataOf('@Operation()', context), {
        ...options,
        method: context.name ?? '',
        isStatic: context.static === true,
        isPrivate: context.private === true,
        isMethod: context.kind === 'method',
        options,
      });
      return;
    }
    if (typeof method !== 'string' && typeof method !== 'symbol') {
      throw new RegistrationError(['@Operation() decorates something that is not a method']);
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
