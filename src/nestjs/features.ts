/** Classes and definitions that modules add to a task hub, and the services that Nest has injected for them. */
import type { ModuleRef } from '@nestjs/core';
import { RegistrationError } from '../errors/index.js';
import { reasonOf } from '../errors/text.js';
import { isClass, runnableDeclaration } from '../classes/declarations.js';
import { declaredServices, type AnyClass } from './declared-services.js';
import { textOf } from '../classes/construction/service-graph.js';

/** Token of the services of a class, in the module to which the class belongs. */
export function servicesToken(type: AnyClass): symbol {
  let token = tokens.get(type);
  if (token === undefined) tokens.set(type, (token = Symbol(`services of ${type.name}`)));
  return token;
}
const tokens = new WeakMap<AnyClass, symbol>();

/** Whether Nest builds the objects of a class: activities and orchestrations. The host builds entities, because each key has its own object. */
export function isBuiltByNest(type: AnyClass): boolean {
  return runnableDeclaration(type as never) !== undefined;
}

export class Features {
  private readonly added = new Set<unknown>();

  add(items: readonly unknown[]): void {
    for (const item of items) this.added.add(item);
  }

  get items(): readonly unknown[] {
    return [...this.added];
  }

  /** The resolver of the host: what Nest injected, by token. @throws RegistrationError if Nest cannot give a service to the classes */
  services(module: ModuleRef): ReadonlyMap<unknown, unknown> {
    const services = new Map<unknown, unknown>();
    const owners = new Map<unknown, string>();
    const problems: string[] = [];
    const add = (type: AnyClass, token: unknown, service: unknown) => {
      if (services.has(token) && services.get(token) !== service) {
        problems.push(
          `${type.name} and ${owners.get(token)} are given different services for ${textOf(token)}: ` +
            'a host has one service for a token, so give the services different tokens',
        );
      }
      services.set(token, service);
      owners.set(token, type.name);
    };
    for (const item of this.added) {
      if (!isClass(item)) continue;
      const type = item as unknown as AnyClass;
      try {
        if (isBuiltByNest(type)) add(type, type, module.get(type as never, { strict: false }));
        else {
          const given = module.get<unknown[]>(servicesToken(type), { strict: false });
          // An optional service that is absent keeps the default of its parameter.
          for (const [index, { token }] of declaredServices(type).entries())
            if (given[index] !== undefined) add(type, token, given[index]);
        }
      } catch (error) {
        problems.push(problemOf(type, error));
      }
    }
    if (problems.length > 0) throw new RegistrationError(problems);
    return services;
  }
}

function problemOf({ name }: AnyClass, error: unknown): string {
  const scoped = error instanceof Error && error.constructor.name === 'InvalidClassScopeException';
  return scoped
    ? `${name} needs a provider with the scope REQUEST or TRANSIENT, and an entity, orchestration or activity outlives requests: use a provider with the default scope`
    : `${name}: ${reasonOf(error)}`;
}
