import type { RunTags, WhenEnded } from '../model/run-start.js';
import type { Container } from 'inversify';
import { planOf } from '../classes/class-plan.js';
import { createClassSupport, type ClassLayer } from '../classes/index.js';
import { withVersion } from '../classes/state/stored-version.js';
import { InvalidArgumentError } from '../errors/index.js';
import { quoted } from '../errors/text.js';
import type { StateOf } from '../client/client-options.js';
import type { EntityDefinition } from '../functions/definitions.js';
import type { EntityClass, OperationNames } from '../functions/tokens.js';
import { durationMs, instantMs, type Duration } from '../model/duration.js';
import { EntityId } from '../model/entity-id.js';
import { decodeError } from '../model/error-details.js';
import { defaultLimits, encodeWithin } from '../model/limits.js';
import { checkOptions, type OptionNames } from '../model/options.js';
import { decodeValue, toTree, type Json } from '../model/values.js';
import type { EntityCell, EntityEffect, OperationOutcome, TurnEnvironment } from '../ports/user-code.js';
import { Programs } from '../contexts/programs.js';
import { TestStuckError } from './errors.js';
import { everyName, silent } from './outside-host.js';
import { microtasksDone, withinRealMs } from './real-time.js';
import { Seeded } from './seeded.js';

/** The options of `runOperation`. */
export interface RunOperationOptions<State = unknown> {
  /**
   * The state before the operation, as it would be stored. A missing field of a class gets the value of its initialiser. Absent if the
   * entity does not exist.
   */
  readonly state?: State | undefined;
  /** The version in which `state` was stored. A state of an older version is passed to `upgrade`. Default: the version of the class. */
  readonly stateVersion?: number | undefined;
  /** The key of the entity. Default `'test'`. */
  readonly key?: string | undefined;
  /** The container with the services of the class. Default: an empty container. */
  readonly container?: Container | undefined;
  /** A resolver of services, as in the options of a host. Default: none. */
  readonly services?: { has(token: unknown): boolean; get(token: unknown): unknown } | undefined;
  /** Whether classes that neither `container` nor `services` has are built automatically. Default: true. */
  readonly autobind?: boolean | undefined;
  /** Further classes: entity classes that the operation addresses by an interface and a key alone. Default: no classes. */
  readonly register?: readonly unknown[] | undefined;
  /** The hub time of the operation: a Date, or ms since 1970 (UTC). Default 2026-01-01T00:00:00Z. */
  readonly now?: Date | number | undefined;
  /** The limit of real time for an operation of an `external` entity. Default 4 s. */
  readonly timeLimit?: Duration | undefined;
}

const operationOptions: OptionNames<RunOperationOptions> = {
  state: true,
  stateVersion: true,
  key: true,
  container: true,
  services: true,
  autobind: true,
  register: true,
  now: true,
  timeLimit: true,
};

/** A signal that an operation sent. */
export interface SentSignal {
  readonly entityId: EntityId;
  readonly operation: string;
  readonly input: unknown;
  /** `undefined` if the signal is due at once. */
  readonly scheduledTime: Date | undefined;
  /** Absent if the signal has no name. */
  readonly name?: string | undefined;
  /** Interval of a periodic signal, in ms. Absent: it is sent once. */
  readonly every?: number | undefined;
}

/** An orchestration that an operation started. */
export interface StartedOrchestration {
  readonly name: string;
  readonly instanceId: string;
  readonly input: unknown;
  readonly version: number | undefined;
  /** These four as they were given; absent if they were not. */
  readonly scheduledTime?: Date | undefined;
  readonly whenEnded?: WhenEnded | undefined;
  readonly tags?: RunTags | undefined;
  readonly customStatus?: unknown;
}

/** The outcome of one operation. After an error the operation is rolled back: the state is unchanged and nothing was sent. */
export interface OperationRun<Result = unknown, State = unknown> {
  readonly result: Result | undefined;
  /** The error that a caller would get: an EntityOperationFailedError with its `cause`, or a subclass. `undefined` if there is no error. */
  readonly error: Error | undefined;
  /** Whether the entity exists afterwards. */
  readonly exists: boolean;
  /** The state after the operation, as `readEntityState` returns it. `undefined` if the entity does not exist. */
  readonly state: State | undefined;
  /** The signals in the order in which they were sent. */
  readonly signals: readonly SentSignal[];
  /** The names of scheduled signals that were cancelled. */
  readonly cancelledSignals: readonly { readonly entityId: EntityId; readonly name: string }[];
  readonly orchestrations: readonly StartedOrchestration[];
}

/** The parameters after the operation: its input if it has one, then the options. */
type InputAndOptions<Method, Options> = Method extends (...args: infer Parameters) => unknown
  ? Parameters extends [infer Input, ...unknown[]]
    ? [input: Input, options?: Options]
    : [input?: Parameters[0], options?: Options]
  : never;
type ResultOf<Method> = Method extends (...args: never[]) => infer Result ? Awaited<Result> : never;

/**
 * Runs one operation of an entity without a host: `await runOperation(Counter, 'add', 5, { state: { value: 1 } })`. Input, state and result
 * are encoded and decoded as on a host. Messages are recorded but not delivered. Resolves when the operation has ended; an error of the
 * operation is in `error`.
 * @throws RegistrationError, InvalidArgumentError, SerializationError for the arguments; TestStuckError after `timeLimit`
 */
export function runOperation<T extends object, Name extends OperationNames<T>>(
  entity: EntityClass<T>,
  operation: Name,
  ...inputAndOptions: InputAndOptions<T[Name], RunOperationOptions<Partial<StateOf<T>>>>
): Promise<OperationRun<ResultOf<T[Name]>, StateOf<T>>>;
export function runOperation<Result = unknown, State = unknown>(
  entity: EntityDefinition,
  operation: string,
  input?: unknown,
  options?: RunOperationOptions<State>,
): Promise<OperationRun<Result, State>>;
export async function runOperation(
  entity: unknown,
  operation: unknown,
  input?: unknown,
  given?: RunOperationOptions,
): Promise<OperationRun> {
  const options = checkOptions(given, operationOptions);
  const { register = [], key = 'test' } = options;
  const registered = [entity, ...register.filter((item) => item !== entity)];
  const classes = createClassSupport({ ...options, registered });
  await classes.prepare();
  const [definition] = classes.definitions;
  if (definition?.kind !== 'entity')
    throw new InvalidArgumentError('entity', `${quoted(entity)} is not an entity`, 'Give its class or its definition.');
  const id = new EntityId(definition.name, key);
  const programs = new Programs(classes.definitions, { classes, directory: everyName, limits: defaultLimits }, silent);
  const program = programs.entity(definition.name.toLowerCase());
  const cell = program!.open(id.toString(), storedState(entity, options));
  const request = {
    operation: operationName(classes, entity, operation),
    input: encodeWithin(defaultLimits, input, 'input'),
  };
  const started = cell.run(request, environmentAt(options.now));
  const effects = program!.effects;
  const outcome =
    started instanceof Promise ? await ended(cell, started, effects, request.operation, options) : started;
  return shown(classes, id, entity, cell, outcome);
}

/** The name of an operation. The name of a method stands for the operation that the method implements. */
function operationName(classes: ClassLayer, entity: unknown, operation: unknown): string {
  if (typeof operation !== 'string' || operation === '')
    throw new InvalidArgumentError('operation', `${quoted(operation)} is not a name`, 'Give the name of an operation.');
  if (typeof entity !== 'function') return operation;
  return classes.operationsOf(entity as never).find(({ method }) => method === operation)?.name ?? operation;
}

function storedState(entity: unknown, { state, stateVersion }: RunOperationOptions): string | undefined {
  if (state === undefined) return undefined;
  const version =
    stateVersion ?? (typeof entity === 'function' ? planOf(entity as never).declaration.version : undefined);
  return JSON.stringify(withVersion(toTree(state, 'state'), { version }));
}

function environmentAt(now: Date | number | undefined): TurnEnvironment {
  const nowMs = now === undefined ? Date.UTC(2026, 0, 1) : instantMs(now, 'now');
  const random = new Seeded(1);
  return {
    nowMs: () => nowMs,
    newInstanceId: () => random.uuid(),
    signal: new AbortController().signal,
    fencingToken: () => 1,
  };
}

/** Waits for an operation. An operation of an `external` entity gets real time, another one must end in its turn. */
async function ended(
  cell: EntityCell,
  running: Promise<OperationOutcome>,
  effects: 'none' | 'external',
  operation: string,
  { timeLimit = '4s' }: RunOperationOptions,
): Promise<OperationOutcome> {
  if (effects === 'none') {
    const none = Symbol('none');
    const first = await Promise.race([running, microtasksDone().then(() => none)]);
    return typeof first === 'symbol' ? cell.abandon('effects') : first;
  }
  const ms = durationMs(timeLimit, 'timeLimit');
  const what = `Operation ${JSON.stringify(operation)} has not ended within ${ms} ms of real time (timeLimit)`;
  return withinRealMs(
    ms,
    running,
    () => new TestStuckError(what, [], 'Look for a promise that never settles, or raise timeLimit.'),
  );
}

function shown(
  classes: ClassLayer,
  id: EntityId,
  entity: unknown,
  cell: EntityCell,
  outcome: OperationOutcome,
): OperationRun {
  const state = cell.encodeState();
  const effects = outcome.ok ? outcome.effects : [];
  return {
    result: outcome.ok ? decodeValue(outcome.result) : undefined,
    error: outcome.ok ? undefined : decodeError(outcome.error),
    exists: cell.exists,
    state:
      state === undefined
        ? undefined
        : classes.viewState(
            id,
            JSON.parse(state) as Json,
            typeof entity === 'function' ? (entity as never) : undefined,
          ),
    signals: effects.flatMap((effect) => (effect.kind === 'signal' ? [sentSignal(effect)] : [])),
    cancelledSignals: effects.flatMap((effect) =>
      effect.kind === 'cancelSignal' ? [{ entityId: EntityId.parse(effect.target), name: effect.name }] : [],
    ),
    orchestrations: effects.flatMap((effect) => (effect.kind === 'start' ? [startedOrchestration(effect)] : [])),
  };
}

function sentSignal({ target, operation, input, dueMs, name, everyMs }: EntityEffect & { kind: 'signal' }): SentSignal {
  return {
    entityId: EntityId.parse(target),
    operation,
    input: decodeValue(input),
    scheduledTime: dueMs === undefined ? undefined : new Date(dueMs),
    ...(name !== undefined && { name }),
    ...(everyMs !== undefined && { every: everyMs }),
  };
}

function startedOrchestration(effect: EntityEffect & { kind: 'start' }): StartedOrchestration {
  const { name, instanceId, input, version, details = {} } = effect;
  const { startsAtMs, whenEnded, tags, customStatus } = details;
  return {
    name,
    instanceId,
    input: decodeValue(input),
    version,
    ...(startsAtMs !== undefined && { scheduledTime: new Date(startsAtMs) }),
    ...(whenEnded !== undefined && { whenEnded }),
    ...(tags !== undefined && { tags }),
    ...(customStatus !== undefined && { customStatus: decodeValue(customStatus) }),
  };
}
