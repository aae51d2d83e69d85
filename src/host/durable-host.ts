import { hostname } from 'node:os';
import type { DurableClient } from './durable-client.js';
import { safeLogger } from '../engines/sql/safe-logger.js';
import type { Store } from '../engines/sql/ports/store.js';
import { startWorker, type Worker } from './start-worker.js';
import { consoleLogger } from './console-logger.js';
import { NodeClock } from './node-clock.js';
import { NodeRandom } from './node-random.js';
import { checkHostOptions, engineOptions, stallLimitMs, type DurableHostOptions } from './options.js';
import { storeFor } from './storage.js';
import { logUncaught } from './uncaught.js';
import { watchStalls } from './watchdog.js';

/**
 * One worker in this process: runs entities, orchestrations and activities on one database. Of several hosts on one database one is
 * active; the others stand by, and one of them follows when it stops, dies, or does not commit for `leaseDuration`.
 */
export class DurableHost implements AsyncDisposable {
  /** Sends to this task hub, through this worker. */
  readonly client: DurableClient;

  private constructor(
    private readonly worker: Worker,
    private readonly unwatch: () => void,
  ) {
    this.client = worker.client;
  }

  /**
   * Opens the database (creating or migrating it), takes over what an earlier host left, and goes on with it. Resolves when
   * clients are served; where another host is active, as its standby. After a crash, a host on the same machine takes over at once.
   * @throws RegistrationError, InvalidEntityInterfaceError, InvalidArgumentError, StorageError
   */
  static async start(given: DurableHostOptions): Promise<DurableHost> {
    const options = checkHostOptions(given);
    return DurableHost.startOn(() => storeFor(options.storage, safeLogger(options.logger ?? consoleLogger)), options);
  }

  /** Starts on a store that is made when everything else is known to be right. @internal */
  static async startOn(
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

  /**
   * `active`: runs what the database holds. `standby`: another host does. Either may become the other at any time. `stopped`: `stop` was
   * called. `failed`: it cannot go on with its storage, and does nothing any more; the log and the errors of `client` say why.
   */
  get role(): 'active' | 'standby' | 'stopped' | 'failed' {
    return this.worker.engine.role;
  }

  /** Resolves when this host is active, at once when it is. @throws HostStoppedError when it is stopped before */
  active(): Promise<void> {
    return this.worker.engine.active();
  }

  /**
   * Stops gracefully: clients are refused, running activities and external operations may end (`stopTimeout`), everything
   * accepted is durable, and a new host may start, or a standby become active, at once. Idempotent.
   */
  async stop(): Promise<void> {
    await this.worker.engine.stop();
    await this.worker.store.close();
    this.unwatch();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
