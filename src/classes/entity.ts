import 'reflect-metadata';
import { InvalidOperationError } from '../errors/index.js';
import { currentEntityContext } from '../functions/ambient.js';
import type { Effects, EntityContext, EntityInterface } from '../functions/index.js';
import type { Duration } from '../model/duration.js';
import { declareEntity, type EntityDeclaration } from './declarations.js';
import { decoratorOptions, refuseStandardDecorators } from './legacy-decorators.js';

// eslint-disable-next-line typescript/no-explicit-any -- any interface
type AnyInterface = EntityInterface<any>;

/** What `@Entity` takes; everything is optional. */
export interface EntityClassOptions<T extends object, Interfaces extends readonly AnyInterface[]> {
  /** Default: the name of the class. Compared without regard to case; no `@`. */
  readonly name?: string;
  /** Tokens of the interfaces whose methods are operations. The compiler checks that the class has them. */
  readonly implements?: Interfaces;
  /** `'none'` when operations touch nothing but the entity: much faster. Default `'external'`. */
  readonly effects?: Effects;
  /**
   * An entity whose state was last changed this long ago (time of the database) does not exist any more: for its operations,
   * reads and queries, from then on; its row is deleted some time later. Operations that change nothing do not count.
   * Counts for what is written from now on. Default: for ever.
   */
  readonly expireAfter?: Duration;
  /** What happens to a stored field that the class does not have: dropped, or an error. Default `'ignore'`. */
  readonly missingMembers?: 'ignore' | 'error';
  /** Of the stored form, a whole number from 1. Default 1. A stored version newer than this is refused. */
  readonly version?: number;
  /** Turns the stored JSON of an older version into that of `version`; called once, with the version it was stored under. */
  upgrade?(state: unknown, from: number): unknown;
  /** Called when an operation finds no state, after construction and before the operation. May be asynchronous. */
  initialize?(this: T, context: EntityContext): unknown;
}

type Implemented<Interfaces extends readonly AnyInterface[]> = number extends Interfaces['length']
  ? object
  : Interfaces extends readonly [EntityInterface<infer First>, ...infer Rest extends readonly AnyInterface[]]
    ? First & Implemented<Rest>
    : object;

// eslint-disable-next-line typescript/no-explicit-any -- any constructor
type ClassDecoratorFor<T> = (type: abstract new (...args: any[]) => T) => void;

/** The decorator of entity classes, and the way to the context of the running operation. */
export interface EntityDecorator {
  /**
   * Makes a class an entity: its state is the instance's own enumerable properties, its operations are the methods of the
   * interfaces it implements and those marked `@Operation()`.
   *
   * Every stored field has an initialiser or is marked `@Expose()`. What was injected is never stored, whatever its type; a field
   * that may be injected or state is refused at the first write, with both ways out. Private fields written `#x` cannot be seen
   * from outside, so they are not stored: use `private x`.
   * Constructor parameters are injected by inversify; `@injectable()` is applied here and need not be written.
   */
  <T extends object = object, const Interfaces extends readonly AnyInterface[] = readonly AnyInterface[]>(
    options?: EntityClassOptions<T, Interfaces>,
  ): ClassDecoratorFor<T & Implemented<Interfaces>>;

  /** The context of the operation that is running here, also after awaits and inside of services. @throws InvalidOperationError outside of one */
  readonly current: EntityContext;
}

function decorate(given?: EntityDeclaration) {
  const options = decoratorOptions('@Entity()', given);
  return (type: abstract new () => object, second?: unknown): void => {
    refuseStandardDecorators('@Entity()', second);
    declareEntity(type, options);
  };
}

function currentContext(): EntityContext {
  const context = currentEntityContext();
  if (context === undefined) {
    throw new InvalidOperationError(
      'No operation of an entity is being processed here.',
      'Entity.current is there while an operation runs; elsewhere use the client or the orchestration context.',
    );
  }
  return context;
}

/** Decorates entity classes; `Entity.current` is the context of the running operation. Also exported as `DurableEntity`, for files that use the `Entity` of TypeORM. */
export const Entity = Object.defineProperty(decorate, 'current', {
  get: currentContext,
  enumerable: true,
}) as unknown as EntityDecorator;
