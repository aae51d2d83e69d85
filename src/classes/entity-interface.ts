import { InvalidEntityInterfaceError } from '../errors/index.js';
import type { EntityInterface, OperationKind } from '../functions/index.js';
import { shown } from '../errors/text.js';
import { listOf, optionsOf } from '../model/options.js';
import { isReservedName, unknownOptions } from './names.js';
import type { IsAny, ReturnsNothing, RuleBroken } from './rule-broken.js';

// eslint-disable-next-line typescript/no-explicit-any -- any method
type AnyMethod = (...args: any[]) => any;

// Names that JavaScript, printers and promises read from objects, and names that every object has.
type ReservedName =
  | 'then'
  | 'toJSON'
  | '__proto__'
  | 'constructor'
  | 'toString'
  | 'toLocaleString'
  | 'valueOf'
  | 'hasOwnProperty'
  | 'isPrototypeOf'
  | 'propertyIsEnumerable';

/** The kind that a token must give to a member of its interface, or the rule that the member breaks. */
type KindOf<Name, Member> = Name extends ReservedName
  ? RuleBroken<`${Name} cannot be an operation: JavaScript calls it on its own`>
  : Name extends symbol | number
    ? RuleBroken<'an operation is named by a string'>
    : string extends Name
      ? RuleBroken<'an entity interface names its operations: no index signature'>
      : IsAny<Member> extends true
        ? RuleBroken<'an entity interface has only methods, not any'>
        : [Member] extends [infer Method extends AnyMethod]
          ? KindOfMethod<Method>
          : RuleBroken<'an entity interface has only methods: no properties, no optional methods'>;

type KindOfMethod<M extends AnyMethod> =
  Parameters<M> extends readonly [] | readonly [unknown?]
    ? ((...args: Parameters<M>) => ReturnType<M>) extends M
      ? ReturnsNothing<ReturnType<M>> extends true
        ? 'signal'
        : IsAny<ReturnType<M>> extends true
          ? RuleBroken<'an operation returns void or a Promise, not any'>
          : [ReturnType<M>] extends [never]
            ? RuleBroken<'an operation returns void or a Promise'>
            : [ReturnType<M>] extends [Promise<unknown>]
              ? 'call'
              : RuleBroken<'an operation returns void or a Promise'>
      : RuleBroken<'an operation has no type parameters that reach its result, and no overloads'>
    : RuleBroken<'an operation has at most one parameter'>;

/** The kinds of all operations of `I`: `'signal'` for a method that returns void, `'call'` for one that returns a Promise. */
export type OperationKinds<I> =
  IsAny<I> extends true
    ? RuleBroken<'name the interface: entityInterface<ICounter>(...)'>
    : [keyof I] extends [never]
      ? RuleBroken<'name an interface with at least one method: entityInterface<ICounter>(...)'>
      : { readonly [Name in keyof I]-?: KindOf<Name, I[Name]> };

/** The kinds of the operations that the interface adds to those it extends. */
export type AddedOperationKinds<I> =
  OperationKinds<I> extends RuleBroken<string> ? OperationKinds<I> : Partial<OperationKinds<I>>;

interface ExtendsOption {
  /** Tokens of the interfaces that this one extends. */
  // eslint-disable-next-line typescript/no-explicit-any -- any interface
  readonly extends: readonly EntityInterface<any>[];
}

/** Run-time contract of a token. It is kept outside the token, so that a token shows only its name. */
interface InterfaceContract {
  readonly kinds: ReadonlyMap<string, OperationKind>;
  readonly bases: readonly object[];
}

const contracts = new WeakMap<object, InterfaceContract>();

/**
 * Makes the run-time token of an interface, by convention a constant of the same name. `kinds` gives each method its kind: `'signal'` if
 * it returns void, `'call'` if it returns a Promise. The compiler checks the kinds against the interface.
 * @throws InvalidEntityInterfaceError with all problems
 */
export function entityInterface<I>(name: string, kinds: OperationKinds<I>): EntityInterface<I>;
export function entityInterface<I>(
  name: string,
  kinds: AddedOperationKinds<I>,
  options: ExtendsOption,
): EntityInterface<I>;
export function entityInterface<I>(name: string, kinds: unknown, options?: ExtendsOption): EntityInterface<I> {
  const problems: string[] = [];
  if (typeof name !== 'string' || name === '') problems.push('its name is not a non-empty string');
  const contract = contractOf(kinds, options, problems);
  if (problems.length > 0)
    throw new InvalidEntityInterfaceError(typeof name === 'string' ? name : shown(name), problems);
  const token: EntityInterface<I> = Object.freeze({ interfaceName: name });
  contracts.set(token, contract);
  return token;
}

function contractOf(kinds: unknown, options: ExtendsOption | undefined, problems: string[]): InterfaceContract {
  const all = new Map<string, OperationKind>();
  const bases: object[] = [];
  for (const [index, base] of extended(options, problems).entries()) {
    const inherited = interfaceContract(base);
    if (inherited === undefined) {
      problems.push(`extends[${index}] is not an entity interface${base === undefined ? ' (a circular import?)' : ''}`);
      continue;
    }
    bases.push(base as object, ...inherited.bases);
    for (const [operation, kind] of inherited.kinds) addKind(all, operation, kind, problems);
  }
  const given = kinds === undefined ? undefined : readable(kinds as object);
  if (given === undefined) {
    problems.push("its operations are not given as { operation: 'signal' | 'call' }");
  } else {
    for (const [operation, kind] of Object.entries(given)) {
      const problem = memberProblem(operation, kind);
      if (problem === undefined) addKind(all, operation, kind as OperationKind, problems);
      else problems.push(problem);
    }
    if (all.size === 0 && problems.length === 0) problems.push('it has no methods: at least one is needed');
  }
  return { kinds: all, bases };
}

/** A copy of an options object. `undefined` if the value is not an object, or if reading it throws. */
function readable<T extends object>(given: T | undefined): T | undefined {
  try {
    return optionsOf(given);
  } catch {
    return undefined;
  }
}

function extended(options: ExtendsOption | undefined, problems: string[]): readonly unknown[] {
  const given = readable(options);
  if (given === undefined) problems.push('its options are not an object');
  else problems.push(...unknownOptions('it', given, ['extends']));
  if (given?.extends === undefined) return [];
  const bases = listOf(given.extends);
  if (bases === undefined) problems.push('extends is not an array of tokens');
  return bases ?? [];
}

function memberProblem(operation: string, kind: unknown): string | undefined {
  if (isReservedName(operation)) return `${operation} cannot be an operation: JavaScript calls it on its own`;
  if (operation === '') return 'an operation has an empty name';
  if (kind === 'signal' || kind === 'call') return undefined;
  const given = typeof kind === 'string' ? JSON.stringify(kind) : typeof kind;
  return `${operation} is ${given}, not 'signal' (returns void) or 'call' (returns a Promise): it has only methods`;
}

function addKind(all: Map<string, OperationKind>, operation: string, kind: OperationKind, problems: string[]): void {
  for (const [known, knownKind] of all) {
    if (known === operation) {
      if (knownKind !== kind)
        problems.push(`${operation} is a ${kind} here and a ${knownKind} in an interface it extends`);
      return;
    }
    if (known.toLowerCase() === operation.toLowerCase()) {
      problems.push(`${known} and ${operation} differ only in case`);
      return;
    }
  }
  all.set(operation, kind);
}

/** The contract of a token. `undefined` if the value is not the token of an interface. */
export function interfaceContract(token: unknown): InterfaceContract | undefined {
  return typeof token === 'object' && token !== null ? contracts.get(token) : undefined;
}
