import 'reflect-metadata';
import { InvalidOperationError } from '../errors/index.js';
import { currentEntityContext } from '../functions/ambient.js';
import type { Effects, EntityContext, EntityInterface } from '../functions/index.js';
import type { Duration } from '../model/duration.js';
import { declareEntity, type EntityDeclaration } from './declarations.js';
import type { ArgumentsOf, InjectedToken } from './construction/inject-option.js';
import { decorateClass, decoratorOptions } from './decorator-dialects.js';

// eslint-disable-next-line typescript/no-explicit-any -- any interface
type AnyInterface = EntityInterface<any>;

/** Options of `@Entity`. All are optional. */
export interface EntityClassOptions<
  T extends object,
  Interfaces extends readonly AnyInterface[],
  Tokens extends readonly InjectedToken[] = readonly InjectedToken[],
> {
  /** Name of the entity, without `@`. Upper and lower case do not differ. Default: the name of the class. */
  readonly name?: string;
  /** Tokens of the interfaces whose methods are operations. The compiler checks that the class has them. */
  readonly implements?: Interfaces;
  /** Tokens of the constructor parameters, in their order. Needed where the compiler records no types of parameters. */
  readonly inject?: Tokens;
  /** `'none'` if operations use only the entity itself, which makes them much faster. Default: `'external'`. */
  readonly effects?: Effects;
  /**
   * Time after the last change of its state (by hub time) at which an entity expires. An expired entity does not exist any more for
   * operations, reads and queries; retention deletes its row later. Operations that change nothing do not extend the time. A new value
   * applies to states that are written from then on. At least 1 ms. Default: entities do not expire.
   */
  readonly expireAfter?: Duration;
  /** Treatment of a stored field that the class does not have: `'ignore'` drops it, `'error'` fails the operation. Default: `'ignore'`. */
  readonly missingMembers?: 'ignore' | 'error';
  /** Version of the stored form: a whole number of at least 1. A newer stored version is refused. Default: 1. */
  readonly version?: number;
  /** Converts the stored JSON of an older version to that of `version`. Called once per read, with the stored version as `from`. */
  upgrade?(state: unknown, from: number): unknown;
  /** Called if an operation finds no state, after construction and before the operation. May be asynchronous. */
  initialize?(this: T, context: EntityContext): unknown;
}

type Implemented<Interfaces extends readonly AnyInterface[]> = number extends Interfaces['length']
  ? object
  : Interfaces extends readonly [EntityInterface<infer First>, ...infer Rest extends readonly AnyInterface[]]
    ? First & Implemented<Rest>
    : object;

/** The second argument is the context of a standard decorator. */
type ClassDecoratorFor<T, Arguments extends unknown[]> = (
  type: abstract new (...args: Arguments) => T,
  context?: unknown,
) => void;

/** The decorator of entity classes. Its property `current` is the context of the running operation. */
export interface EntityDecorator {
  /**
   * Makes a class an entity. Its state is the set of own enumerable properties of the instance. Its operations are the methods of the
   * interfaces that it implements, and the methods marked `@Operation()`.
   *
   * Every stored field needs an initialiser or the mark `@Expose()`. Injected values are never stored. A field that may be injected or
   * state is refused at the first write, and the error names both remedies. Private fields of the form `#x` are invisible from outside
   * and are not stored: use `private x`. inversify injects the constructor parameters; `@injectable()` is applied automatically.
   */
  <
    T extends object = object,
    const Interfaces extends readonly AnyInterface[] = readonly AnyInterface[],
    const Tokens extends readonly InjectedToken[] = readonly InjectedToken[],
  >(
    options?: EntityClassOptions<T, Interfaces, Tokens>,
  ): ClassDecoratorFor<T & Implemented<Interfaces>, ArgumentsOf<Tokens>>;

  /** The context of the running operation, also after awaits and inside services. @throws InvalidOperationError outside an operation */
  readonly current: EntityContext;
}

function decorate(given?: EntityDeclaration) {
  const options = decoratorOptions('@Entity()', given);
  return (type: abstract new () => object, context?: unknown): void => {
    decorateClass('@Entity()', type, context, (final) => declareEntity(final, options));
  };
}

function currentContext(): EntityContext {
  const context = currentEntityContext();
  if (context === undefined) {
    throw new InvalidOperationError(
      'Entity.current was used outside an operation of an entity.',
      'Use Entity.current only while an operation runs. Elsewhere use the client or the orchestration context.',
    );
  }
  return context;
}

/** Decorates entity classes; `Entity.current` is the context of the running operation. Also exported as `DurableEntity`, for files that use the `Entity` of TypeORM. */
export const Entity = Object.defineProperty(decorate, 'current', {
  get: currentContext,
  enumerable: true,
}) as unknown as EntityDecorator;
