/** Declarations that decorators recorded for classes. They are read once, when the plan of a class is made. */
import type { Duration } from '../model/duration.js';
import type { AttemptOptions, Effects, EntityInterface } from '../functions/index.js';

// eslint-disable-next-line typescript/no-explicit-any -- constructor parameters of any type are injected
export type AnyClass = abstract new (...args: any[]) => object;

/** Options of `@Entity`, unchecked. They are checked when the class is registered. */
export interface EntityDeclaration {
  readonly name?: string;
  readonly implements?: readonly EntityInterface<unknown>[];
  readonly effects?: Effects;
  readonly expireAfter?: Duration;
  readonly missingMembers?: 'ignore' | 'error';
  readonly version?: number;
  readonly upgrade?: (state: unknown, from: number) => unknown;
  readonly initialize?: (this: object, context: unknown) => unknown;
  readonly inject?: readonly unknown[];
}

/** Options of `@Operation`, unchecked. */
export interface OperationDeclaration extends AttemptOptions {
  readonly method: string | symbol;
  readonly isStatic: boolean;
  readonly isPrivate?: boolean;
  readonly isMethod: boolean;
  readonly name?: string;
  readonly oneWay?: boolean;
  readonly readOnly?: boolean;
  readonly input?: unknown;
  /** The options object, for the check of unknown keys. */
  readonly options: object;
}

export interface RunnableDeclaration {
  readonly kind: 'activity' | 'orchestration';
  readonly options: { readonly name?: string; readonly version?: number; readonly inject?: readonly unknown[] };
}

const entities = new WeakMap<AnyClass, EntityDeclaration>();
const runnables = new WeakMap<AnyClass, RunnableDeclaration>();
const operations = new WeakMap<object, OperationDeclaration[]>();

export function declareEntity(type: AnyClass, declaration: EntityDeclaration): void {
  entities.set(type, declaration);
}

/** The declaration of the class itself. `undefined` for a class that only extends an entity class. */
export function entityDeclaration(type: AnyClass): EntityDeclaration | undefined {
  return entities.get(type);
}

export function declareRunnable(type: AnyClass, declaration: RunnableDeclaration): void {
  runnables.set(type, declaration);
}

export function runnableDeclaration(type: AnyClass): RunnableDeclaration | undefined {
  return runnables.get(type);
}

/** The option `inject` of the class itself, unchecked. `undefined` if it has none. */
export function injectDeclaration(type: AnyClass): unknown {
  return (entities.get(type) ?? runnables.get(type)?.options)?.inject;
}

/**
 * @param owner the prototype of the method, or the class if a static method is decorated by mistake. For a standard decorator, the metadata
 *   of the class, which it gets before the class exists.
 */
export function declareOperation(owner: object, declaration: OperationDeclaration): void {
  const known = operations.get(owner);
  if (known === undefined) operations.set(owner, [declaration]);
  else known.push(declaration);
}

export function operationDeclarations(owner: object): readonly OperationDeclaration[] {
  return operations.get(owner) ?? [];
}

/** The class and the classes it extends, the class itself first. */
export function lineage(type: AnyClass): AnyClass[] {
  const line: AnyClass[] = [];
  for (
    let step: unknown = type;
    typeof step === 'function' && step !== Function.prototype;
    step = Object.getPrototypeOf(step)
  ) {
    line.push(step as AnyClass);
  }
  return line;
}

export function isClass(value: unknown): value is AnyClass {
  try {
    return typeof value === 'function' && typeof (value as { prototype?: unknown }).prototype === 'object';
  } catch {
    // A revoked proxy throws here.
    return false;
  }
}
