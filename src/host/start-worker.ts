import { createClassSupport, type ClassLayer } from '../classes/index.js';
import { DurableClient } from './durable-client.js';
import { ConnectedIntake } from '../engines/sql/connected/connected-intake.js';
import { Directory } from '../core/directory.js';
import { patiently } from '../engines/sql/patience.js';
import { Engine } from '../engines/sql/engine.js';
import { SqlTaskHub } from '../engines/sql/sql-task-hub.js';
import type { HostRole } from '../engines/sql/status.js';
import type { EngineOptions, SignalFailure, StartRefusal } from '../engines/sql/options.js';
import { EntityId } from '../model/entity-id.js';
import { decodeError } from '../model/error-details.js';
import type { Clock, Random } from '../ports/clock.js';
import type { Intake } from '../engines/sql/ports/intake.js';
import type { Logger } from '../ports/log.js';
import type { Store } from '../engines/sql/ports/store.js';
import type { UserCode } from '../ports/user-code.js';
import { announcedNames, Programs } from '../contexts/programs.js';
import { learner } from './learn-names.js';
import type { DurableHostOptions } from './options.js';
import { strictLevel, strictMode, type StrictMode } from './strict-mode.js';

/** Ports of a worker to the outside. */
export interface WorkerPorts {
  readonly clock: Clock;
  readonly random: Random;
  /** Does not throw. */
  readonly logger: Logger;
  /** Makes the store. Called after all options are checked. */
  makeStore(): Store | Promise<Store>;
  /** Runs what precedes the start of the engine: it may load modules, and wait for services that a container creates. Absent if it needs no wrapper. */
  aroundPreparation?(prepare: () => Promise<void>): void | Promise<void>;
  /** Wraps user code for the engine. Absent if it needs no wrapper. */
  aroundUserCode?(userCode: UserCode): UserCode;
  /** Wraps the engine for the client. Absent if it needs no wrapper. */
  aroundIntake?(intake: Intake): Intake;
}

export interface Worker {
  readonly client: DurableClient;
  readonly engine: Engine;
  readonly store: Store;
  /** Ends the strict mode of this worker. Called when the worker has ended. */
  readonly endStrictMode: () => void;
}

type WorkerOptions = Pick<
  DurableHostOptions,
  | 'register'
  | 'container'
  | 'services'
  | 'autobind'
  | 'onSignalFailed'
  | 'onStartRefused'
  | 'observer'
  | 'tracer'
  | 'strict'
>;

/** Builds one worker and starts it. Resolves when it serves clients. */
export async function startWorker(
  options: WorkerOptions,
  settings: EngineOptions,
  ports: WorkerPorts,
): Promise<Worker> {
  const { logger } = ports;
  const level = strictLevel(options.strict);
  const classes = createClassSupport({ ...options, registered: options.register });
  for (const warning of classes.warnings) logger.warn({}, warning);
  classes.check();
  const prepare = () => classes.prepare();
  await (ports.aroundPreparation?.(prepare) ?? prepare());
  const strict = strictMode(level, options.register, logger);
  try {
    return await assemble(options, settings, { ...ports, logger: strict.logger }, classes, strict);
  } catch (error) {
    strict.end();
    throw error;
  }
}

async function assemble(
  options: WorkerOptions,
  settings: EngineOptions,
  ports: WorkerPorts,
  classes: ClassLayer,
  strict: StrictMode,
): Promise<Worker> {
  const { clock, random, logger } = ports;
  const limits = { ...settings.limits, ...(strict.inspect && { inspect: strict.inspect }) };
  const directory = new Directory(announcedNames(classes.definitions));
  const support = { classes, directory, limits, strict: strict.port };
  const programs = new Programs(classes.definitions, support, logger);
  const userCode = ports.aroundUserCode?.(programs) ?? programs;
  const onSignalFailed = (failure: SignalFailure) => reportFailedSignal(failure, logger, options.onSignalFailed);
  const onStartRefused = (refusal: StartRefusal) => reportRefusedStart(refusal, logger, options.onStartRefused);
  const store = await ports.makeStore();
  try {
    const hub = await patiently(() => store.open(), { clock, logger, timeoutMs: settings.startTimeoutMs });
    const relay = new ConnectedIntake({ store, clock, random }, { name: settings.workerName, hub });
    const engine = await Engine.start(
      {
        store,
        relay,
        clock,
        random,
        userCode,
        directory,
        logger,
        observer: options.observer,
        tracer: options.tracer,
        onSignalFailed,
        onStartRefused,
      },
      settings,
      hub,
    );
    endWithEngine(engine, strict);
    const intake = ports.aroundIntake?.(engine) ?? engine;
    const inspect = async () => {
      const { inspectHost } = await import('./inspect.js');
      return inspectHost({ engine, store, clock, logger, partitionCount: hub.partitionCount, classes });
    };
    const client = new DurableClient({
      hub: new SqlTaskHub(intake),
      inspect,
      clock,
      classes,
      names: directory,
      limits,
      tracer: options.tracer,
      // Another host may announce names at any time.
      ...(hub.shared && { learnNames: learner(store, directory, clock) }),
    });
    return { client, engine, store, endStrictMode: strict.end };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Ends strict mode when the engine has failed by itself. After a stop, the owner of the worker ends it. */
function endWithEngine(engine: Engine, strict: StrictMode): void {
  if (strict.port === undefined) return;
  const end = (role: HostRole) => {
    if (role === 'failed') strict.end();
  };
  engine.observe({ roleChanged: end });
  end(engine.role);
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

/** Calls `onStartRefused`. The engine has logged the refusal already. */
function reportRefusedStart(
  { instanceId, name, error }: StartRefusal,
  logger: Logger,
  onStartRefused: DurableHostOptions['onStartRefused'],
): void {
  if (onStartRefused === undefined) return;
  const report = async () => onStartRefused(error, { instanceId, orchestrationName: name });
  report().catch((thrown: unknown) => logger.error({ error: thrown }, 'onStartRefused threw.'));
}
