/** Options of the modules. */
import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency } from '@nestjs/common';
import type { ConnectOptions } from '../client/connect-options.js';
import type { DurableHostOptions } from '../host/options.js';
import type { TestHostOptions } from '../testing/test-host.js';

/** Options that the module sets itself. */
type Given = 'register' | 'services' | 'container';

/**
 * Options of `DurableModule.forRoot`: those of `DurableHost.start`, without `services` and `container`, because Nest is the container.
 * Default of `logger`: the logger of Nest. Default of `autobind`: false.
 */
export interface DurableModuleOptions extends Omit<DurableHostOptions, Given> {
  /** Definitions of functions (`defineEntity` …). Classes belong into `forFeature`, so that Nest injects their services. */
  readonly register?: readonly unknown[] | undefined;
}

/** Options of `DurableModule.forClient`: those of `DurableClient.connect`. Default of `logger`: the logger of Nest. */
export type DurableClientModuleOptions = Omit<ConnectOptions, Exclude<Given, 'register'>>;

/** Options of `DurableModule.forTest`: those of `TestHost.start`. */
export interface DurableTestModuleOptions extends Omit<TestHostOptions, Given> {
  readonly register?: readonly unknown[] | undefined;
}

/** Options that are made by a factory of the application, with its services. */
export interface DurableAsyncOptions<Options> extends Pick<ModuleMetadata, 'imports'> {
  /** Tokens whose services the factory gets, in this order. Default: none. */
  readonly inject?: readonly (InjectionToken | OptionalFactoryDependency)[] | undefined;
  readonly useFactory: (...services: never[]) => Options | Promise<Options>;
}

/** The hub that a module belongs to. */
export interface HubName {
  /** Name of the task hub. Needed only by an application with several hubs. */
  readonly name?: string | undefined;
}

/** Options of `DurableModule.forFeature`. */
export interface FeatureOptions extends Pick<ModuleMetadata, 'imports' | 'providers'>, HubName {}
