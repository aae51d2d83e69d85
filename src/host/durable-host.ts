import { hostname } from 'node:os';
import type { Inspector } from '../hub/inspector.js';
import type { DurableClient } from './durable-client.js';
import { safeLogger } from '../ports/safe-logger.js';
import type { HostStatus } from '../engines/sql/status.js';
import type { Store } from '../engines/sql/ports/store.js';
import { checkAnnotationsOfMain, copyWarnings } from './package-copies.js';
import { startWorker, type Worker } from './start-worker.js';
import { consoleLogger } from './console-logger.js';
import { NodeClock } from './node-clock.js';
import { NodeRandom } from './node-random.js';
import { checkHostOptions, engineOptions, stallLimitMs, type DurableHostOptions } from './options.js';
import { storeFor } from './storage.js';
import { logUncaught } from './uncaught.js';
import { watchStalls } from './watchdog.js';

/**
 * A host runs the entities, orchestrations and activities of one task hub in this process. Several hosts on one database server share the
 * work. Of several hosts on one SQLite file, one is active and the others are standbys. A standby becomes active when the active host stops,
 * dies, or does not commit for `leaseDuration`.
 */
export class DurableHost implements AsyncDisposable {
  /** The client of this task hub in this process. */
  readonly client: DurableClient;

  private constructor(
    private readonly worker: Worker,
    private readonly unwatch: () => void,
  ) {
    this.client = worker.client;
  }

  /**
   * Opens the database, and creates or migrates its tables if needed. Then continues the work of the last host, or becomes a standby if
   * another host is active. Resolves when the client is served. After a crash, a host on the same machine takes over at once.
   * @throws RegistrationError, InvalidEntityInterfaceError, InvalidArgumentError, StorageError
   */
  static async start(given: DurableHostOptions): Promise<DurableHost> {
    const options = checkHostOptions(given);
    const logger = safeLogger(options.logger ?? consoleLogger);
    for (const warning of copyWarnings()) logger.warn({}, warning);
    await checkAnnotationsOfMain(options.register);
    return DurableHost.startOn(() => storeFor(options.storage, logger), options);
  }

  /** Starts on a store that is made after all options are checked. Tests call it. */
  private static async startOn(
    makeStore: () => Store | Promise<Store>,
    options: Omit<DurableHostOptions, 'storage'>,
  ): Promise<DurableHost> {
    const logger = safeLogger(options.logger ?? consoleLogger);
    const settings = engineOptions(options, `${hostname()}/${process.pid}`);
    const stallMs = stallLimitMs(options, settings.leaseMs);
    const unwatchStalls = stallMs === undefined ? () => {} : watchStalls(stallMs, logger);
    const unwatchErrors = logUncaught(logger);
    const unwatch = () => {
      unwatchStalls();
      unwatchErrors();
    };
    try {
      const ports = { clock: new NodeClock(), random: new NodeRandom(), logger, makeStore };
      return new DurableHost(await startWorker(options, settings, ports), unwatch);
    } catch (error) {
      unwatch();
      throw error;
    }
  }

  /** Looks into the task hub: see `client.inspector`. */
  get inspector(): Inspector {
    return this.client.inspector;
  }

  /**
   * The role of this host. An `active` host processes the messages of the task hub. A `standby` waits because another host is active. Either
   * role may change to the other at any time. A host is `stopped` after a call of `stop`. A `failed` host has ended because it cannot use its
   * storage any more: its log and the errors of `client` give the reason.
   */
  get role(): 'active' | 'standby' | 'stopped' | 'failed' {
    return this.worker.engine.role;
  }

  /**
   * The status of this host from its memory: its role, its partitions, what waits, and figures of its last commits. Costs no access to the
   * storage. `ready` is meant for the readiness check of a container.
   */
  status(): HostStatus {
    return this.worker.engine.status();
  }

  /** Resolves when this host is active, at once if it is already. @throws HostStoppedError if the host stops before */
  active(): Promise<void> {
    return this.worker.engine.active();
  }

  /**
   * Stops the host gracefully. The client is refused, and running activities and external operations get `stopTimeout` to end. Resolves when
   * all accepted work is durable and the storage is closed: then a new host may start, or a standby becomes active, at once. Idempotent.
   */
  async stop(): Promise<void> {
    await this.worker.engine.stop();
    await this.worker.store.close();
    this.worker.endStrictMode();
    this.unwatch();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
