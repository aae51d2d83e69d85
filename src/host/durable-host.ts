import { hostname } from 'node:os';
import { createClassSupport } from '../classes/index.js';
import { DurableClient } from '../client/durable-client.js';
import { Directory } from '../core/directory.js';
import { Engine } from '../engine/engine.js';
import type { SignalFailure } from '../engine/options.js';
import { safeLogger } from '../engine/safe-logger.js';
import { EntityId } from '../model/entity-id.js';
import { decodeError } from '../model/error-details.js';
import type { Logger } from '../ports/log.js';
import type { Store } from '../ports/store.js';
import { announcedNames, Programs } from '../runtime/programs.js';
import { consoleLogger } from './console-logger.js';
import { NodeClock } from './node-clock.js';
import { NodeRandom } from './node-random.js';
import { checkOptions, engineOptions, stallLimitMs, type DurableHostOptions } from './options.js';
import { storeFor } from './storage.js';
import { watchStalls } from './watchdog.js';

/** One worker in this process: runs entities, orchestrations and activities on one database. */
export class DurableHost implements AsyncDisposable {
  private constructor(
    /** Sends to this task hub, through this worker. */
    readonly client: DurableClient,
    private readonly engine: Engine,
    private readonly store: Store,
    private readonly unwatch: () => void,
  ) {}

  /**
   * Opens the database (creating or migrating it), takes over what an earlier host left, and goes on with it. Resolves when
   * clients are served. After a crash, a new host on the same machine takes over at once.
   * @throws RegistrationError, InvalidEntityInterfaceError, InvalidArgumentError, StorageError
   */
  static async start(options: DurableHostOptions): Promise<DurableHost> {
    checkOptions(options);
    return DurableHost.startOn(() => storeFor(options.storage, safeLogger(options.logger ?? consoleLogger)), options);
  }

  /** Starts on a store that is made when everything else is known to be right. @internal */
  static async startOn(
    makeStore: () => Store | Promise<Store>,
    options: Omit<DurableHostOptions, 'storage'>,
  ): Promise<DurableHost> {
    const logger = safeLogger(options.logger ?? consoleLogger);
    const settings = engineOptions(options, `${hostname()}/${process.pid}`);
    const classes = createClassSupport({ container: options.container, registered: options.register });
    const directory = new Directory(announcedNames(classes.definitions));
    const userCode = new Programs(classes.definitions, { classes, directory, limits: settings.limits }, logger);
    const clock = new NodeClock();
    const random = new NodeRandom();
    const onSignalFailed = (failure: SignalFailure) => reportFailedSignal(failure, logger, options.onSignalFailed);
    const stallMs = stallLimitMs(options, settings.leaseMs);
    const store = await makeStore();
    const unwatch = stallMs === undefined ? () => {} : watchStalls(stallMs);
    try {
      const hub = await store.open();
      const ports = { store, clock, random, userCode, directory, logger, onSignalFailed };
      const engine = await Engine.start(ports, settings, hub);
      const client = new DurableClient({ intake: engine, clock, classes, names: directory, limits: settings.limits });
      return new DurableHost(client, engine, store, unwatch);
    } catch (error) {
      unwatch();
      await store.close();
      throw error;
    }
  }

  /**
   * Stops gracefully: clients are refused, running activities and external operations may end (`stopTimeout`), everything
   * accepted is durable, and a new host may start at once. Idempotent.
   */
  async stop(): Promise<void> {
    await this.engine.stop();
    await this.store.close();
    this.unwatch();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function reportFailedSignal(
  failure: SignalFailure,
  logger: Logger,
  onSignalFailed: DurableHostOptions['onSignalFailed'],
): void {
  const error = decodeError(failure.error);
  const { entityId, operation } = failure;
  logger.warn({ entityId, operation, code: (error as { code?: unknown }).code }, error.message);
  if (onSignalFailed === undefined) return;
  const report = async () => onSignalFailed(error, { entityId: EntityId.parse(entityId), operationName: operation });
  report().catch((thrown: unknown) => logger.error({ error: thrown }, 'onSignalFailed threw.'));
}
