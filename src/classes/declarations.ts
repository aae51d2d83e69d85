/** What the decorators say about a class, as they said it; read once, when a plan is made of the class. */
import type { Duration } from '../model/duration.js';
import type { AttemptOptions, Effects, EntityInterface } from '../functions/index.js';

// eslint-disable-next-line typescript/no-explicit-any -- constructor parameters are injected, whatever they are
export type AnyClass = abstract new (...args: any[]) => object;

/** As given to `@Entity`; checked when the class is registered. */
export interface EntityDeclaration {
  readonly name?: string;
  readonly implements?: readonly EntityInterface<unknown>[];
  readonly effects?: Effects;
  readonly expireAfter?: Duration;
  readonly missingMembers?: 'ignore' | 'error';
  readonly version?: number;
  readonly upgrade?: (state: unknown, from: number) => unknown;
  readonly initialize?: (this: object, context: unknown) => unknown;
}

/** As given to `@Operation`. */
export interface OperationDeclaration extends AttemptOptions {
  readonly method: string | symbol;
  readonly isStatic: boolean;
  readonly isMethod: boolean;
  readonly name?: string;
  readonly oneWay?: boolean;
  readonly readOnly?: boolean;
  readonly input?: unknown;
  /** Keys of the options that are no option. */
  readonly options: object;
}

export interface RunnableDeclaration {
  readonly kind: 'activity' | 'orchestration';
  readonly options: { readonly name?: string; readonly version?: number };
}

const entities = new WeakMap<AnyClass, EntityDeclaration>();
const runnables = new WeakMap<AnyClass, RunnableDeclaration>();
const operations = new WeakMap<object, OperationDeclaration[]>();

export function declareEntity(type: AnyClass, declaration: EntityDeclaration): void {
  entities.set(type, declaration);
}

/** Own only: a class that merely extends an entity is none. */
export function entityDeclaration(type: AnyClass): EntityDeclaration | undefined {
  return entities.get(type);
}

export function declareRunnable(type: AnyClass, declaration: RunnableDeclaration): void {
  runnables.set(type, declaration);
}

export function runnableDeclaration(type: AnyClass): RunnableDeclaration | undefined {
  return runnables.get(type);
}

/** @param owner the prototype (or, by mistake, the class) that the method stands on */
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
    // A proxy that cannot be looked at.
    return false;
  }
}
