/** Modules of Nest: a task hub for the whole application, and the classes that feature modules add to it. */
import { Module, type DynamicModule, type FactoryProvider, type Provider } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { isClass } from '../classes/declarations.js';
import { DurableClient } from '../host/durable-client.js';
import { DurableHost } from '../host/durable-host.js';
import { declaredServices, factoryDependency, recordServices, type AnyClass } from './declared-services.js';
import { isBuiltByNest, servicesToken } from './features.js';
import { DurableHealthIndicator } from './health.js';
import { late } from './late.js';
import { nestLogger } from './nest-logger.js';
import type {
  DurableAsyncOptions,
  DurableClientModuleOptions,
  DurableModuleOptions,
  DurableTestModuleOptions,
  FeatureOptions,
  HubName,
} from './options.js';
import { DurableRuntime, type Added, type OpenHub } from './runtime.js';
import { defaultHub, durableClientToken, durableHostToken, optionsToken, runtimeToken } from './tokens.js';

type Opener<Options> = (options: Options, added: Added) => Promise<OpenHub>;

/** The task hub as a module of NestJS: `forRoot` once in the root module, `forFeature` in the modules that have durable classes. */
export class DurableModule {
  /**
   * A host for the whole application, for the root module. It starts at the bootstrap of the application with the classes of all
   * `forFeature`, and stops in `beforeApplicationShutdown`. Call `app.enableShutdownHooks()`, so that signals of the system stop it.
   */
  static forRoot({ name, ...options }: DurableModuleOptions & HubName): DynamicModule {
    return hubModule(name, { useFactory: () => options }, openHost);
  }

  /** As `forRoot`, with options that a factory makes. */
  static forRootAsync({ name, ...factory }: DurableAsyncOptions<DurableModuleOptions> & HubName): DynamicModule {
    return hubModule(name, factory, openHost);
  }

  /** A client without a host: another process runs the entities, orchestrations and activities. */
  static forClient({ name, ...options }: DurableClientModuleOptions & HubName): DynamicModule {
    return hubModule(name, { useFactory: () => options }, openClient);
  }

  /** As `forClient`, with options that a factory makes. */
  static forClientAsync({
    name,
    ...factory
  }: DurableAsyncOptions<DurableClientModuleOptions> & HubName): DynamicModule {
    return hubModule(name, factory, openClient);
  }

  /** A test host for tests of an application: a database in memory, and virtual time. `durableHostToken()` is the token of the TestHost. */
  static forTest({ name, ...options }: DurableTestModuleOptions & HubName = {}): DynamicModule {
    return hubModule(name, { useFactory: () => options }, openTestHost);
  }

  /**
   * Adds entities, orchestrations and activities to the hub. Nest injects their services from the providers and the imports that are given
   * here. Classes whose services are providers of your own module stand in its `providers`: `...DurableModule.providers([Account])`.
   */
  static forFeature(items: readonly unknown[], { imports, providers = [], name }: FeatureOptions = {}): DynamicModule {
    return {
      module: class DurableFeatureModule {},
      ...(imports === undefined ? {} : { imports }),
      providers: [...providers, ...DurableModule.providers(items, { name })],
    };
  }

  /** Providers that add entities, orchestrations and activities to the hub, with services of the module in which they stand. */
  static providers(items: readonly unknown[], { name = defaultHub }: HubName = {}): Provider[] {
    const classes = items.filter(isClass) as unknown as (AnyClass & (new () => object))[];
    for (const type of classes) recordServices(type);
    return [
      {
        provide: Symbol('durable feature'),
        inject: [runtimeToken(name)],
        useFactory: (runtime: DurableRuntime) => runtime.features.add(items),
      },
      ...classes.map((type) => (isBuiltByNest(type) ? type : servicesOf(type))),
    ];
  }
}
Module({})(DurableModule);

/** Nest resolves the services of an entity class as the arguments of this factory, in the module of the class. */
function servicesOf(type: AnyClass): FactoryProvider<unknown[]> {
  return {
    provide: servicesToken(type),
    inject: declaredServices(type).map(factoryDependency),
    useFactory: (...services: unknown[]) => services,
  };
}

function hubModule<Options extends object>(
  name: string = defaultHub,
  { imports, inject = [], useFactory }: DurableAsyncOptions<Options>,
  open: Opener<Options>,
): DynamicModule {
  const [options, runtime] = [optionsToken(name), runtimeToken(name)];
  const client = durableClientToken(name);
  const host = durableHostToken(name);
  const providers: Provider[] = [
    { provide: options, inject: [...inject], useFactory: useFactory as (...services: unknown[]) => unknown },
    {
      provide: runtime,
      inject: [ModuleRef, options],
      useFactory: (module: ModuleRef, given: Options) => new DurableRuntime(module, (added) => open(given, added)),
    },
    {
      provide: client,
      inject: [runtime],
      useFactory: (hub: DurableRuntime) => late(DurableClient.prototype, () => hub.client),
    },
    {
      provide: host,
      inject: [runtime],
      useFactory: (hub: DurableRuntime) => late(DurableHost.prototype, () => hub.host as DurableHost, hostFields),
    },
  ];
  const isDefault = name === defaultHub;
  if (isDefault) {
    providers.push({ provide: DurableClient, useExisting: client }, { provide: DurableHost, useExisting: host });
    providers.push({
      provide: DurableHealthIndicator,
      inject: [runtime],
      useFactory: (hub: DurableRuntime) => new DurableHealthIndicator(hub),
    });
  }
  return {
    module: class DurableHubModule {},
    global: true,
    ...(imports === undefined ? {} : { imports }),
    providers,
    exports: [runtime, client, host, ...(isDefault ? [DurableClient, DurableHost, DurableHealthIndicator] : [])],
  };
}

/** Fields of DurableHost and TestHost that are not members of their prototypes, and members that only TestHost has. */
const hostFields = [
  'client',
  'faults',
  'logs',
  'failedSignals',
  'advance',
  'crash',
  'restart',
  'history',
  'until',
  'now',
];

async function openHost(options: DurableModuleOptions, added: Added): Promise<OpenHub> {
  const host = await DurableHost.start({ ...common(options), ...options, ...merged(options, added) });
  return { client: host.client, host, close: () => host.stop() };
}

async function openClient(options: DurableClientModuleOptions, added: Added): Promise<OpenHub> {
  const client = await DurableClient.connect({ ...common(options), ...options, ...merged(options, added) });
  return { client, close: () => client.close() };
}

async function openTestHost(options: DurableTestModuleOptions, added: Added): Promise<OpenHub> {
  const { TestHost } = await import('../testing/index.js');
  const host = await TestHost.start({ autobind: false, ...options, ...merged(options, added) });
  return { client: host.client, host, close: () => host.stop() };
}

function common({ logger }: { readonly logger?: DurableModuleOptions['logger'] }) {
  return { autobind: false, logger: logger ?? nestLogger() };
}

function merged({ register = [] }: { readonly register?: readonly unknown[] | undefined }, added: Added) {
  return { register: [...register, ...added.register], services: added.services };
}
