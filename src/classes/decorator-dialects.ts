/**
 * Dialects of decorators. With `experimentalDecorators` a decorator gets the class, or the prototype and the name of the member. A standard
 * decorator gets the value and a context. Each decorator of this package accepts both.
 */
import { RegistrationError } from '../errors/index.js';
import { reasonOf } from '../errors/text.js';
import { optionsOf } from '../model/options.js';
import type { AnyClass } from './declarations.js';

/** The parts of a context of a standard decorator that this package reads. */
export interface StandardContext {
  readonly kind: 'class' | 'method' | 'getter' | 'setter' | 'field' | 'accessor';
  readonly name: string | symbol | undefined;
  readonly static?: boolean;
  readonly private?: boolean;
  /** The object that all decorators of one class share. `undefined` if the compiler makes none. */
  readonly metadata?: object;
  addInitializer(initializer: (this: unknown) => void): void;
}

// Compilers make the metadata of a class only where this symbol exists, and no Node has it yet. Programs import this package before they
// decorate a class with it.
const symbols = Symbol as { metadata?: symbol };
if (symbols.metadata === undefined) {
  Object.defineProperty(Symbol, 'metadata', { value: Symbol.for('Symbol.metadata'), configurable: true });
}

/** The context, if these are the arguments of a standard decorator. */
export function standardContext(second: unknown): StandardContext | undefined {
  if (typeof second !== 'object' || second === null || !('kind' in second) || !('addInitializer' in second))
    return undefined;
  return second as StandardContext;
}

/** The object that the standard decorators of the class itself share. `undefined` for classes without standard decorators. */
export function ownMetadata(type: AnyClass): object | undefined {
  const key = symbols.metadata;
  if (key === undefined) return undefined;
  const found: unknown = Object.getOwnPropertyDescriptor(type, key)?.value;
  return typeof found === 'object' && found !== null ? found : undefined;
}

/** The metadata of the class whose member is decorated. @throws RegistrationError */
export function metadataOf(decorator: string, { metadata, name }: StandardContext): object {
  if (metadata !== undefined) return metadata;
  throw new RegistrationError(
    [`${decorator} of ${String(name)}: this compiler gives standard decorators no metadata`],
    'Compile with TypeScript 5.2, esbuild 0.21.4 or newer, or set "experimentalDecorators": true in tsconfig.json.',
  );
}

/** Names of classes in their source, as standard decorators got them. */
const sourceNames = new WeakMap<AnyClass, string>();

/** The name that the class has in its source. `undefined` if it is not known. */
export function sourceName(type: AnyClass): string | undefined {
  return sourceNames.get(type);
}

/** Applies a decorator of classes in either dialect. @throws RegistrationError if it decorates something else */
export function decorateClass(
  decorator: string,
  type: unknown,
  second: unknown,
  declare: (type: AnyClass) => void,
): void {
  const context = standardContext(second);
  if (context === undefined) {
    if (typeof type !== 'function' || second !== undefined) throw notOnClass(decorator, second);
    declare(type as unknown as AnyClass);
    return;
  }
  if (context.kind !== 'class') throw notOnClass(decorator, context.name);
  // Another decorator may still replace the class. The initialiser gets the class that the program gets.
  context.addInitializer(function () {
    if (typeof context.name === 'string') sourceNames.set(this as AnyClass, context.name);
    declare(this as AnyClass);
  });
}

function notOnClass(decorator: string, member: unknown): RegistrationError {
  const where = typeof member === 'string' || typeof member === 'symbol' ? `the member ${String(member)}` : 'a value';
  return new RegistrationError([`${decorator} decorates ${where}, not a class`], `Write ${decorator} above the class.`);
}

/** A copy of the options of a decorator. @throws RegistrationError */
export function decoratorOptions<Options extends object>(decorator: string, given: Options | undefined): Options {
  try {
    return optionsOf(given);
  } catch (error) {
    throw new RegistrationError([`${decorator} has invalid options: ${reasonOf(error)}`], `Write ${decorator}.`);
  }
}
