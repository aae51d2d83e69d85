/** Life of a task hub in a Nest application: it starts when all providers exist, and stops while they still work. */
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { HostStoppedError } from '../errors/index.js';
import type { DurableClient } from '../host/durable-client.js';
import type { DurableHost } from '../host/durable-host.js';
import type { TestHost } from '../testing/test-host.js';
import { Features } from './features.js';

/** An open hub: a host with its client, or a client alone. */
export interface OpenHub {
  readonly client: DurableClient;
  readonly host?: DurableHost | TestHost | undefined;
  close(): Promise<void>;
}

/** Values that the modules of the application add to the options. */
export interface Added {
  readonly register: readonly unknown[];
  readonly services: { has(token: unknown): boolean; get(token: unknown): unknown };
}

export class DurableRuntime implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly features = new Features();
  private opened: OpenHub | undefined;
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly module: ModuleRef,
    private readonly open: (added: Added) => Promise<OpenHub>,
  ) {}

  /** @throws HostStoppedError before the bootstrap of the application */
  get client(): DurableClient {
    return this.hub.client;
  }

  /** @throws HostStoppedError before the bootstrap, and in an application that has a client only */
  get host(): DurableHost | TestHost {
    const { host } = this.hub;
    if (host === undefined) throw new HostStoppedError('this application has a client of the task hub, and no host');
    return host;
  }

  /** Whether the hub serves this application now. */
  get running(): boolean {
    return this.opened !== undefined && this.stopping === undefined;
  }

  async onApplicationBootstrap(): Promise<void> {
    const services = this.features.services(this.module);
    this.opened = await this.open({
      register: this.features.items,
      services: { has: (token) => services.has(token), get: (token) => services.get(token) },
    });
  }

  /** Runs before connections of other modules are closed, so that activities that still run have them. */
  async beforeApplicationShutdown(): Promise<void> {
    await (this.stopping ??= this.opened?.close());
  }

  private get hub(): OpenHub {
    if (this.opened === undefined) {
      throw new HostStoppedError(
        'the host starts at the bootstrap of the application, after all onModuleInit hooks. Use the client from then on',
      );
    }
    return this.opened;
  }
}
