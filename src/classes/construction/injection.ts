/**
 * Injection plan of a class, from the metadata of inversify.
 *
 * The plan is made when a class is first used, not when it is decorated, so that a program's own `@injectable()` may stand above or below
 * the decorator of this package. A subclass without a constructor of its own gets the parameters of its base. inversify alone would
 * silently pass `undefined` for each of them.
 */
import 'reflect-metadata';
import type { LazyServiceIdentifier, ServiceIdentifier } from 'inversify';
import { injectDeclaration, lineage, type AnyClass } from '../declarations.js';
import { constructorSource } from './constructor-source.js';
import { givenTokens, injectProblems } from './inject-option.js';
import { inversify } from './inversify.js';

/** One parameter or property as inversify recorded it. */
interface ElementMetadata {
  readonly kind: 0 | 1 | 2;
  readonly value?: ServiceIdentifier | LazyServiceIdentifier;
  readonly name?: string | number | symbol;
  readonly optional?: boolean;
  readonly chained?: boolean;
  readonly tags?: ReadonlyMap<string | number | symbol, unknown>;
  readonly isFromTypescriptParamType?: true;
}

interface ClassMetadata {
  readonly constructorArguments: readonly (ElementMetadata | undefined)[];
  readonly properties: ReadonlyMap<string | symbol, ElementMetadata>;
  readonly lifecycle: { readonly postConstructMethodNames: ReadonlySet<string | symbol> };
}

/** How one constructor parameter or property gets its value. */
export type Injection =
  | {
      readonly kind: 'service';
      readonly options: object;
      readonly explicit: boolean;
      readonly optional: boolean;
      readonly service: unknown;
    }
  /** Nothing is injected. The parameter gets one of the `values` of `dispatch`, or its default. */
  | { readonly kind: 'open' };

export interface InjectionPlan {
  readonly parameters: readonly Injection[];
  readonly properties: readonly (readonly [name: string | symbol, injection: Injection])[];
  /** Names of the `@postConstruct` methods. */
  readonly afterwards: readonly (string | symbol)[];
  /** Design-time types of the parameters, if the compiler emitted them. */
  readonly types: readonly unknown[];
  /** Number of leading parameters without a default, which must be given. */
  readonly required: number;
  readonly problems: readonly string[];
  /** Injected fields by name: properties, and parameters that are fields. The value is the parameter's index, `undefined` for a property. */
  readonly fields: ReadonlyMap<string, number | undefined>;
  /** Fields that a constructor of the class or of its bases sets to one of its parameters. */
  readonly assigned: ReadonlySet<string>;
}

/** Records of inversify and TypeScript about the constructor and the properties of a class. */
export type Recorded = Pick<InjectionPlan, 'parameters' | 'properties' | 'required' | 'types'>;

/** The injections of a class that the program may not have decorated. Changes nothing of the class. */
export function recordedInjections(type: AnyClass): Recorded {
  for (const step of lineage(type)) recordOption(step);
  const owner = constructorOwner(type);
  return {
    parameters: Array.from(classMetadata(owner)?.constructorArguments ?? [], injectionOf),
    properties: Array.from(classMetadata(type)?.properties ?? [], ([name, element]) => [name, injectionOf(element)]),
    required: owner.length,
    types: (Reflect.getOwnMetadata('design:paramtypes', owner) as unknown[] | undefined) ?? [],
  };
}

const plans = new WeakMap<AnyClass, InjectionPlan>();

export function injectionPlan(type: AnyClass): InjectionPlan {
  let plan = plans.get(type);
  if (plan === undefined) plans.set(type, (plan = isBare(type) ? barePlan : makePlan(type)));
  return plan;
}

const barePlan: InjectionPlan = {
  parameters: [],
  properties: [],
  afterwards: [],
  types: [],
  required: 0,
  problems: [],
  fields: new Map(),
  assigned: new Set(),
};

/** Whether the class has nothing to inject: its constructor has no parameters, and no decorator recorded metadata. */
export function isBare(type: AnyClass): boolean {
  return lineage(type).every(
    (step) =>
      step.length === 0 &&
      injectDeclaration(step) === undefined &&
      (Reflect.getOwnMetadataKeys(step) as string[]).every(
        (key) => key === 'design:paramtypes' && (Reflect.getOwnMetadata(key, step) as unknown[]).length === 0,
      ),
  );
}

function makePlan(type: AnyClass): InjectionPlan {
  const problems = injectProblems(type, parameterNumbers(type));
  try {
    makeInjectable(type);
  } catch (error) {
    problems.push(`${type.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const owner = constructorOwner(type);
  const types = (Reflect.getOwnMetadata('design:paramtypes', owner) as unknown[] | undefined) ?? [];
  const metadata = classMetadata(type);
  const length = Math.max(types.length, owner.length, metadata?.constructorArguments.length ?? 0);
  const parameters = Array.from({ length }, (_, index) => injectionOf(metadata?.constructorArguments[index]));
  for (const [index, parameter] of types.entries()) {
    if (parameter === undefined && parameters[index]?.kind === 'open' && index < owner.length) {
      problems.push(
        `${owner.name}: the type of constructor parameter ${index + 1} is undefined: a circular import? ` +
          'Mark it @inject(new LazyServiceIdentifier(() => TheClass)), or break the cycle',
      );
    }
  }
  const properties = Array.from(metadata?.properties ?? [], ([name, element]) => [name, injectionOf(element)] as const);
  const afterwards = [...(metadata?.lifecycle.postConstructMethodNames ?? [])];
  problems.push(...afterwards.flatMap((name) => asyncProblem(type, name)));
  return {
    parameters,
    properties,
    afterwards,
    types,
    required: owner.length,
    problems,
    fields: injectedFields(type, parameters, properties),
    assigned: new Set(lineage(type).flatMap((step) => [...constructorSource(step).assigned.keys()])),
  };
}

function injectedFields(
  type: AnyClass,
  parameters: readonly Injection[],
  properties: InjectionPlan['properties'],
): ReadonlyMap<string, number | undefined> {
  const fields = new Map<string, number | undefined>();
  const source = lineage(type)
    .map(constructorSource)
    .find((each) => each.parameters.length > 0);
  for (const [index, name] of (source?.parameters ?? []).entries()) {
    if (name !== undefined && parameters[index]?.kind === 'service' && source?.assigned.get(name) === name)
      fields.set(name, index);
  }
  for (const [name, injection] of properties) {
    if (typeof name === 'string' && injection.kind === 'service') fields.set(name, undefined);
  }
  return fields;
}

/** The problem of an asynchronous `@postConstruct` method. Objects are built synchronously, so nothing can await it. */
function asyncProblem(type: AnyClass, method: string | symbol): string[] {
  const code: unknown = (type.prototype as Record<string | symbol, unknown>)[method];
  return isAsync(code) ? [asyncPostConstruct(type, method)] : [];
}

function isAsync(code: unknown): boolean {
  return typeof code === 'function' && Object.prototype.toString.call(code) === '[object AsyncFunction]';
}

/** The problem of a `@postConstruct` method that returns a promise. */
export function asyncPostConstruct({ name }: AnyClass, method: string | symbol): string {
  return (
    `${name}.${String(method)} is an asynchronous @postConstruct method, and nothing waits for it: ` +
    'make it synchronous, and do asynchronous work in initialize or in an operation'
  );
}

/** The numbers of arguments that the constructor of a class needs and may have. */
function parameterNumbers(type: AnyClass): { readonly least: number; readonly most: number } {
  for (const step of lineage(type)) {
    const { parameters, rest } = constructorSource(step);
    if (step.length === 0 && parameters.length === 0) continue;
    return { least: step.length, most: rest ? Number.POSITIVE_INFINITY : Math.max(step.length, parameters.length) };
  }
  return { least: 0, most: 0 };
}

/** Classes whose option `inject` is recorded. */
const recordedOptions = new WeakSet<AnyClass>();

/** Records the option `inject` of the class itself for inversify. @throws Error of inversify if a parameter is marked `@inject` too */
function recordOption(type: AnyClass): void {
  if (recordedOptions.has(type)) return;
  recordedOptions.add(type);
  const tokens = givenTokens(type);
  if (tokens.length === 0) return;
  const { inject, optional } = inversify();
  for (const { index, token, optional: isOptional } of tokens) {
    inject(token as ServiceIdentifier)(type, undefined, index);
    if (isOptional) optional()(type, undefined, index);
  }
}

/** Classes that have inherited the injections of their bases. */
const extended = new WeakSet<AnyClass>();

function makeInjectable(type: AnyClass): void {
  const [self, ...bases] = lineage(type);
  const base = bases[0];
  if (base !== undefined) makeInjectable(base);
  recordOption(self!);
  const { injectable, injectFromBase } = inversify();
  if (Reflect.getOwnMetadata(keys().flag, self!) === undefined) injectable()(self!);
  if (base === undefined || extended.has(type)) return;
  const extendConstructorArguments = constructorOwner(type) !== type && ownArguments(type) === 0;
  if (!extendConstructorArguments && !isMadeAfterwards(base)) return;
  extended.add(type);
  injectFromBase({ extendConstructorArguments, extendProperties: true })(type);
}

/** Whether objects of the class get properties or `@postConstruct` calls after their constructor. */
function isMadeAfterwards(type: AnyClass): boolean {
  const metadata = classMetadata(type);
  return (
    metadata !== undefined && (metadata.properties.size > 0 || metadata.lifecycle.postConstructMethodNames.size > 0)
  );
}

/** The class whose constructor runs first for `type`: `type` itself, or the nearest base that declares a constructor. */
export function constructorOwner(type: AnyClass): AnyClass {
  for (const step of lineage(type)) {
    const declares = step.length > 0 || Reflect.hasOwnMetadata('design:paramtypes', step) || ownArguments(step) > 0;
    if (declares) return step;
  }
  return type;
}

function ownArguments(type: AnyClass): number {
  return classMetadata(type)?.constructorArguments.length ?? 0;
}

function classMetadata(type: AnyClass): ClassMetadata | undefined {
  return Reflect.getOwnMetadata(keys().metadata, type) as ClassMetadata | undefined;
}

const unmanaged = 2;
const multiple = 0;

function injectionOf(element: ElementMetadata | undefined): Injection {
  if (element === undefined || element.kind === unmanaged || element.value === undefined) return { kind: 'open' };
  return {
    kind: 'service',
    explicit: element.isFromTypescriptParamType !== true,
    optional: element.optional === true,
    service: element.value,
    options: {
      serviceIdentifier: element.value,
      ...(element.kind === multiple ? { isMultiple: true, chained: element.chained ?? false } : {}),
      ...(element.optional === true ? { optional: true } : {}),
      ...(element.name === undefined ? {} : { name: element.name }),
      tags: Array.from(element.tags ?? [], ([key, value]) => ({ key, value })),
    },
  };
}

let foundKeys: { readonly metadata: string; readonly flag: string } | undefined;

/**
 * Metadata keys of inversify. inversify does not export them, so they are found by decorating a class here. If a later version records its
 * metadata differently, this throws at the first registration, not at an activation.
 */
function keys(): { readonly metadata: string; readonly flag: string } {
  if (foundKeys !== undefined) return foundKeys;
  const { inject, injectable } = inversify();
  class Probe {}
  injectable()(Probe);
  const [flag] = Reflect.getOwnMetadataKeys(Probe) as string[];
  inject('probe')(Probe, undefined, 0);
  const metadata = (Reflect.getOwnMetadataKeys(Probe) as string[]).find((key) => {
    const value: unknown = Reflect.getOwnMetadata(key, Probe);
    return typeof value === 'object' && value !== null && 'constructorArguments' in value && 'properties' in value;
  });
  if (metadata === undefined || flag === undefined) {
    throw new Error('durable-entities cannot read the metadata of this version of inversify; it needs inversify 8.');
  }
  return (foundKeys = { metadata, flag });
}
