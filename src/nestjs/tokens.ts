/** Tokens of Nest for the client and the host of a task hub. */
import { Inject } from '@nestjs/common';

/** Name of the task hub of modules that give no name. */
export const defaultHub = 'default';

/** Token of the client of a task hub. @param hub the `name` given to the module. Default: the hub without a name */
export function durableClientToken(hub: string = defaultHub): string {
  return `DurableClient:${hub}`;
}

/** Token of the host of a task hub. @param hub the `name` given to the module. Default: the hub without a name */
export function durableHostToken(hub: string = defaultHub): string {
  return `DurableHost:${hub}`;
}

/** Injects the `DurableClient` of a task hub. Its methods work from the bootstrap of the application on. */
export const InjectDurableClient = (hub?: string): PropertyDecorator & ParameterDecorator =>
  Inject(durableClientToken(hub));

/** Injects the `DurableHost` of a task hub. Its members work from the bootstrap of the application on. */
export const InjectDurableHost = (hub?: string): PropertyDecorator & ParameterDecorator =>
  Inject(durableHostToken(hub));

/** Token of the runtime of a task hub. */
export function runtimeToken(hub: string): string {
  return `DurableRuntime:${hub}`;
}

/** Token of the options of a task hub. */
export function optionsToken(hub: string): string {
  return `DurableOptions:${hub}`;
}
