/**
 * Services that a class asks of Nest: by `@Inject`, `@InjectRepository` and the like, and by the types of its constructor parameters. They
 * are also recorded for the class layer, which reads the metadata of inversify.
 */
import 'reflect-metadata';
import type { InjectionToken, OptionalFactoryDependency } from '@nestjs/common';
import { givenTokens } from '../classes/construction/inject-option.js';
import { inversify } from '../classes/construction/inversify.js';

type GivenClass = Parameters<typeof givenTokens>[0];

export type AnyClass = abstract new (...args: never[]) => object;

// Keys of the metadata of Nest. Its package exports them from an inner file only, and they have not changed since Nest 5.
const keys = {
  types: 'design:paramtypes',
  parameters: 'self:paramtypes',
  optionalParameters: 'optional:paramtypes',
  properties: 'self:properties_metadata',
  optionalProperties: 'optional:properties_metadata',
};

/** A service that a class asks of Nest. */
export interface DeclaredService {
  readonly token: InjectionToken;
  readonly optional: boolean;
}

/** The services of the constructor and the properties of a class, each token once. */
export function declaredServices(type: AnyClass): readonly DeclaredService[] {
  const explicit = explicitParameters(type);
  const types = (Reflect.getMetadata(keys.types, type) as unknown[] | undefined) ?? [];
  const optional = new Set((Reflect.getMetadata(keys.optionalParameters, type) as number[] | undefined) ?? []);
  const services: DeclaredService[] = [];
  const add = (token: unknown, isOptional: boolean) => {
    if (token !== undefined && !services.some((each) => each.token === token))
      services.push({ token: token as InjectionToken, optional: isOptional });
  };
  const given = givenTokens(type as GivenClass);
  for (const { token, optional: isOptional } of given) add(token, isOptional);
  for (const [index, parameterType] of types.entries()) {
    if (given.some((each) => each.index === index)) continue;
    add(explicit.get(index) ?? serviceType(parameterType), optional.has(index));
  }
  for (const [key, token] of explicitProperties(type)) add(token, optionalProperties(type).has(key));
  return services;
}

/** As a dependency of a factory provider. */
export function factoryDependency({ token, optional }: DeclaredService): InjectionToken | OptionalFactoryDependency {
  return optional ? { token, optional } : token;
}

const recorded = new WeakSet<AnyClass>();

/** Records what `@Inject` and `@Optional` of Nest say of a class and its bases, so that the class layer injects the same tokens. */
export function recordServices(type: AnyClass): void {
  const base = Object.getPrototypeOf(type) as AnyClass | null;
  if (base !== null && base !== Function.prototype) recordServices(base);
  if (recorded.has(type)) return;
  recorded.add(type);
  const { inject, optional } = inversify();
  const optionalParameters = (Reflect.getOwnMetadata(keys.optionalParameters, type) as number[] | undefined) ?? [];
  for (const [index, token] of explicitParameters(type, true)) inject(token as never)(type, undefined, index);
  for (const index of optionalParameters) optional()(type, undefined, index);
  for (const [key, token] of explicitProperties(type, true)) {
    inject(token as never)(type.prototype as object, key as string);
    if (optionalProperties(type).has(key)) optional()(type.prototype as object, key as string);
  }
}

function explicitParameters(type: AnyClass, own = false): Map<number, unknown> {
  const get = own ? Reflect.getOwnMetadata : Reflect.getMetadata;
  const declared = (get(keys.parameters, type) as { index: number; param: unknown }[] | undefined) ?? [];
  return new Map(declared.map(({ index, param }) => [index, referenced(param)]));
}

function explicitProperties(type: AnyClass, own = false): Map<string | symbol, unknown> {
  const get = own ? Reflect.getOwnMetadata : Reflect.getMetadata;
  const declared = (get(keys.properties, type) as { key: string | symbol; type: unknown }[] | undefined) ?? [];
  return new Map(declared.map(({ key, type: token }) => [key, referenced(token)]));
}

function optionalProperties(type: AnyClass): ReadonlySet<string | symbol> {
  return new Set((Reflect.getMetadata(keys.optionalProperties, type) as (string | symbol)[] | undefined) ?? []);
}

/** The token behind `forwardRef(() => Token)`. */
function referenced(token: unknown): unknown {
  const { forwardRef } = (token ?? {}) as { readonly forwardRef?: unknown };
  return typeof forwardRef === 'function' ? (forwardRef as () => unknown)() : token;
}

/** The class of a parameter, if it names a service. TypeScript records `Object` for interfaces. */
function serviceType(type: unknown): unknown {
  return typeof type === 'function' && type !== Object ? type : undefined;
}
