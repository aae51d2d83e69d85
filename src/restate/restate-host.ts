import { createClassSupport } from '../classes/index.js';
import { announcedNames, Programs } from '../contexts/programs.js';
import { Directory } from '../core/directory.js';
import { HostStoppedError, StorageError } from '../errors/index.js';
import { consoleLogger } from '../host/console-logger.js';
import { DurableClient } from '../host/durable-client.js';
import { NodeClock } from '../host/node-clock.js';
import { NodeRandom } from '../host/node-random.js';
import { strictLevel, strictMode } from '../host/strict-mode.js';
import { EntityId } from '../model/entity-id.js';
import { decodeError } from '../model/error-details.js';
import type { Logger } from '../ports/log.js';
import { safeLogger } from '../ports/safe-logger.js';
import { Admin } from './client/admin.js';
import { Ingress } from './client/ingress.js';
import { RestateTaskHub } from './client/restate-task-hub.js';
import { Endpoint } from './endpoint.js';
import { checkHostOptions, withoutSlash, type CheckedHost, type RestateHostOptions } from './options.js';
import { restateServices } from './restate-services.js';
import { createEndpointHandler } from './sdk.js';
import { sdkLogger } from './sdk-logger.js';
import type { HandlerPorts } from './wire/ports.js';
import { ServiceNames } from './wire/service-names.js';

/** The parts of a running host. */
interface Parts {
  readonly options: CheckedHost;
  readonly services: ReturnType<typeof restateServices>;
  readonly endpoint: Endpoint;
  readonly ingress: Ingress;
  readonly client: DurableClient;
  readonly stopping: AbortController;
  readonly endStrictMode: () => void;
}

/**
 * A host runs entities, orchestrations and activities on a Restate cluster. Restate keeps their state and their messages, and calls the hosts
 * that are registered with it. The code is the same as on a `DurableHost`.
 */
export class RestateHost implements AsyncDisposable {
  /** The client of this task hub in this process. */
  readonly client: DurableClient;

  private constructor(private readonly parts: Parts) {
    this.client = parts.client;
  }

  /**
   * Starts to serve the registered code, and registers this host with Restate if `advertise` and `admin` are given. Resolves when Restate can
   * call this host, and its client can be used.
   * @throws RegistrationError, InvalidEntityInterfaceError, InvalidArgumentError, StorageError
   */
  static async start(given: RestateHostOptions): Promise<RestateHost> {
    const options = checkHostOptions(given);
    const logger = safeLogger(options.logger ?? consoleLogger);
    const level = strictLevel(options.strict);
    const classes = createClassSupport({ ...options, registered: options.register });
    for (const warning of classes.warnings) logger.warn({}, warning);
    classes.check();
    await classes.prepare();
    const strict = strictMode(level, options.register, logger);
    try {
      return new RestateHost(await open(options, classes, strict));
    } catch (error) {
      strict.end();
      throw error;
    }
  }

  /** The Restate services of the registered code, for an application that serves services of its own: bind them to its endpoint. */
  get restateServices(): ReturnType<typeof restateServices> {
    return this.parts.services;
  }

  /** The port on which this host accepts the requests of Restate. */
  get port(): number {
    return this.parts.endpoint.port;
  }

  /**
   * Stops the host gracefully. Nothing new is accepted, and running operations and activities get `stopTimeout` to end. Work that waits goes on
   * when a host is there again. Idempotent.
   */
  async stop(): Promise<void> {
    const { endpoint, ingress, stopping, options, endStrictMode } = this.parts;
    ingress.close(new HostStoppedError());
    await endpoint.close(options.stopMs, () => stopping.abort(new HostStoppedError()));
    stopping.abort(new HostStoppedError());
    endStrictMode();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

async function open(
  options: CheckedHost,
  classes: ReturnType<typeof createClassSupport>,
  strict: ReturnType<typeof strictMode>,
): Promise<Parts> {
  const { logger } = strict;
  const limits = { ...options.checkedLimits, ...(strict.inspect && { inspect: strict.inspect }) };
  const clock = new NodeClock();
  const random = new NodeRandom();
  const names = new ServiceNames(options.hub);
  const admin = new Admin(options.admins);
  const ingress = new Ingress(options.ingress.map(withoutSlash), clock);
  const directory = new Directory(announcedNames(classes.definitions));
  const userCode = new Programs(classes.definitions, { classes, directory, limits, strict: strict.port }, logger);
  // Names that other hosts have announced. They are read once: a replay must find the names of its first run.
  const announced = admin.isGiven ? await admin.announced(names) : [];
  directory.learn(announced);
  const hub = new RestateTaskHub({ ingress, admin, names, clock, random });
  const stopping = new AbortController();
  const ports: HandlerPorts = {
    userCode,
    names,
    directory,
    clock,
    random,
    logger,
    limits,
    stopped: stopping.signal,
    ...reports(options, logger),
    endFromOutside: (instanceId, end) => {
      hub
        .endFromOutside(instanceId, end)
        .catch((error: unknown) => logger.error({ instance: instanceId, error }, 'An execution could not be ended.'));
    },
  };
  const services = restateServices(ports, options);
  const identityKeys = [...(options.identityKeys ?? [])];
  const handler = createEndpointHandler({ services, identityKeys, logger: sdkLogger(logger) });
  const endpoint = await Endpoint.listen(handler, options.port, options.host, clock);
  try {
    if (options.advertise !== undefined) await admin.register(advertised(options.advertise, endpoint.port));
    if (!(await ingress.isReachable())) {
      throw new StorageError(`No ingress of Restate answers at ${options.ingress.join(', ')}.`, 'Start Restate first.');
    }
  } catch (error) {
    await endpoint.close(0, () => {});
    throw error;
  }
  const clientNames = new Directory([...announcedNames(classes.definitions), ...announced]);
  const client = new DurableClient({
    hub,
    clock,
    classes,
    names: clientNames,
    limits,
    ...(admin.isGiven && { learnNames: async () => clientNames.learn(await admin.announced(names)) }),
  });
  return { options, services, endpoint, ingress, client, stopping, endStrictMode: strict.end };
}

/** The address for Restate. A port 0 in it stands for the port on which the host listens. */
function advertised(given: string, port: number): string {
  const url = new URL(given);
  if (url.port === '0') url.port = String(port);
  return url.href;
}

function reports(
  { onSignalFailed, onStartRefused }: CheckedHost,
  logger: Logger,
): Pick<HandlerPorts, 'signalFailed' | 'startRefused'> {
  return {
    signalFailed({ entityId, operation, error: details }) {
      const error = decodeError(details);
      logger.warn({ entityId, operation, code: (error as { code?: unknown }).code }, error.message);
      if (onSignalFailed === undefined) return;
      const report = async () =>
        onSignalFailed(error, { entityId: EntityId.parse(entityId), operationName: operation });
      report().catch((thrown: unknown) => logger.error({ error: thrown }, 'onSignalFailed threw.'));
    },
    startRefused({ instanceId, name, error }) {
      logger.warn({ instance: instanceId, orchestration: name }, error.message);
      if (onStartRefused === undefined) return;
      const report = async () => onStartRefused(error, { instanceId, orchestrationName: name });
      report().catch((thrown: unknown) => logger.error({ error: thrown }, 'onStartRefused threw.'));
    },
  };
}
