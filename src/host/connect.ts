import { hostname } from 'node:os';
import { createClassSupport } from '../classes/index.js';
import type { ClientPorts } from '../client/client-ports.js';
import type { ConnectOptions } from '../client/connect-options.js';
import { Directory } from '../core/directory.js';
import { patiently } from '../engines/sql/patience.js';
import { safeLogger } from '../ports/safe-logger.js';
import { ClientClosedError, InvalidArgumentError } from '../errors/index.js';
import type { OptionNames } from '../model/options.js';
import { announcedNames, Programs } from '../contexts/programs.js';
import { SqlTaskHub } from '../engines/sql/sql-task-hub.js';
import { ClientIntake } from '../engines/sql/client-intake.js';
import { consoleLogger } from './console-logger.js';
import { learner } from './learn-names.js';
import { NodeClock } from './node-clock.js';
import { NodeRandom } from './node-random.js';
import { checkCallbacks, checkGiven, checkLimits, startTimeoutMs } from './options.js';
import { checkStorage } from './storage-options.js';
import { storeFor } from './storage.js';

const known: OptionNames<ConnectOptions> = {
  storage: true,
  register: true,
  container: true,
  services: true,
  autobind: true,
  limits: true,
  startTimeout: true,
  tracer: true,
  logger: true,
};
/** Opens the storage of a client without a host, and connects the client to the task hub. */
export async function connectClient(given: ConnectOptions): Promise<ClientPorts> {
  const options = checkGiven(given, known);
  const storage = checkStorage(options.storage);
  checkCallbacks(options);
  if (storage === ':memory:')
    throw new InvalidArgumentError(
      'storage',
      "':memory:' cannot be reached from another process or object",
      'Use `host.client`, or give the path of a SQLite file.',
    );
  const { register = [] } = options;
  const logger = safeLogger(options.logger ?? consoleLogger);
  const limits = checkLimits(options.limits);
  const classes = createClassSupport({ ...options, registered: register });
  await classes.prepare();
  const names = new Directory(announcedNames(classes.definitions));
  const clock = new NodeClock();
  const patience = { clock, logger, timeoutMs: startTimeoutMs(options.startTimeout) };
  const store = await storeFor(storage, logger);
  try {
    const hub = await patiently(() => store.open(), patience);
    names.learn(hub.names);
    const name = `${hostname()}/${process.pid}`;
    const userCode = new Programs(classes.definitions, { classes, directory: names, limits }, logger);
    const intake = new ClientIntake({ store, clock, random: new NodeRandom(), userCode }, { name, hub });
    await patiently(() => intake.prepare(), patience);
    let closed = false;
    const close = async () => {
      closed = true;
      await intake.close(new ClientClosedError());
      await store.close();
    };
    const inspect = async () => {
      const { inspectClient } = await import('./inspect.js');
      const { partitionCount } = hub;
      const hubTimeMs = () => intake.hubTimeMs();
      return inspectClient({
        store,
        clock,
        logger,
        partitionCount,
        classes,
        process: name,
        hubTimeMs,
        isClosed: () => closed,
      });
    };
    return {
      hub: new SqlTaskHub(intake),
      inspect,
      clock,
      classes,
      names,
      limits,
      tracer: options.tracer,
      learnNames: learner(store, names, clock),
      close,
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
