/** One attempt of an operation on the stored state of its entity, in the memory of this process. */
import { NotSupportedError } from '../../errors/index.js';
import { whenAborted } from '../../core/when-aborted.js';
import { setLongTimer } from '../../ports/clock.js';
import type { LogFields, LogLevel } from '../../ports/log.js';
import type {
  EntityCell,
  EntityEffect,
  EntityProgram,
  OperationOutcome,
  OperationRequest,
  TurnEnvironment,
} from '../../ports/user-code.js';
import type { HandlerPorts } from '../wire/ports.js';
import { isExpired, type StoredEntity } from './stored-entity.js';

/** The outcome of an attempt, as the journal records it. */
export type Attempted = { readonly startedMs: number; readonly atMs: number } & (
  | {
      readonly ok: true;
      readonly result?: string | undefined;
      readonly effects: readonly EntityEffect[];
      /** Absent if the state is as before. */
      readonly written?: { readonly state?: string | undefined } | undefined;
    }
  | { readonly ok: false; readonly error: string }
);

export interface LogLine {
  readonly level: LogLevel;
  readonly bindings: LogFields;
  readonly fields: object;
  readonly message: string;
}

/** An attempt in this process, with the lines that the operation logged. They are written when its outcome is recorded. */
export interface Attempt {
  readonly attempted: Attempted;
  readonly lines: readonly LogLine[];
}

export const engineName = 'restate';

/**
 * Runs an operation once. @throws HostStopping if the host stopped meanwhile, so that the operation runs again elsewhere
 * @param timeoutMs the time limit. `undefined` if there is no limit
 */
export async function attempt(
  program: EntityProgram,
  entityId: string,
  stored: StoredEntity | undefined,
  request: OperationRequest,
  ports: HandlerPorts,
  timeoutMs?: number,
): Promise<Attempt> {
  const startedMs = ports.clock.wallMs();
  const cell = openCell(program, entityId, stored, startedMs);
  const { outcome, atMs, lines } = await runOnce(program, cell, request, ports, timeoutMs);
  const times = { startedMs, atMs };
  if (!outcome.ok) return { attempted: { ...times, ok: false, error: outcome.error }, lines };
  const { result, effects, changed } = outcome;
  const written = changed ? { state: cell.encodeState() } : undefined;
  return { attempted: { ...times, ok: true, result, effects, written }, lines };
}

/** A live entity from its stored state, unless that has expired. */
export function openCell(program: EntityProgram, entityId: string, stored: StoredEntity | undefined, nowMs: number) {
  const alive = stored !== undefined && !isExpired(stored, nowMs) ? stored : undefined;
  return program.open(entityId, alive?.state);
}

export interface Run {
  readonly outcome: OperationOutcome;
  /** When the operation ended. */
  readonly atMs: number;
  readonly lines: readonly LogLine[];
}

/**
 * Runs an operation on a live entity. Returns no promise if the operation awaits nothing: then no other code can have changed the state
 * before the next operation, which does not capture it again. @throws HostStopping
 */
export function runOnce(
  program: EntityProgram,
  cell: EntityCell,
  request: OperationRequest,
  ports: HandlerPorts,
  timeoutMs?: number,
): Run | Promise<Run> {
  const { clock, random, stopped } = ports;
  const lines: LogLine[] = [];
  const environment: TurnEnvironment = {
    nowMs: () => clock.wallMs(),
    newInstanceId: () => random.uuid(),
    signal: stopped,
    fencingToken: () => {
      throw new NotSupportedError('context.fencingToken', engineName);
    },
    log: (level, bindings, fields, message) => lines.push({ level, bindings, fields, message }),
  };
  const ran = (outcome: OperationOutcome): Run => {
    if (!outcome.ok && stopped.aborted) throw new HostStopping();
    return { outcome, atMs: clock.wallMs(), lines };
  };
  const started = cell.run(request, environment);
  if (!(started instanceof Promise)) return ran(started);
  return outcomeOf(started, program, cell, environment, ports, timeoutMs).then(ran);
}

/** The host stops while an operation runs. Restate repeats the operation on another host. */
export class HostStopping extends Error {
  constructor() {
    super('The host stopped while the operation ran.');
  }
}

/** The outcome of an operation that awaits something. */
async function outcomeOf(
  started: Promise<OperationOutcome>,
  program: EntityProgram,
  cell: EntityCell,
  environment: TurnEnvironment,
  { clock }: HandlerPorts,
  timeoutMs: number | undefined,
): Promise<OperationOutcome> {
  let outcome: OperationOutcome | undefined;
  const ended = started.then((settled) => (outcome ??= settled));
  if (program.effects === 'none') {
    // An operation that is pending after the microtasks are drained has used something outside the entity.
    await clock.drain();
    return outcome ?? cell.abandon('effects');
  }
  return new Promise((resolve) => {
    const abandon = (reason: 'stopped' | { readonly timeoutMs: number }) => {
      if (outcome === undefined) resolve((outcome = cell.abandon(reason)));
    };
    const timer = timeoutMs === undefined ? undefined : setLongTimer(clock, timeoutMs, () => abandon({ timeoutMs }));
    const forget = whenAborted(environment.signal, () => abandon('stopped'));
    void ended.then((settled) => {
      timer?.cancel();
      forget();
      resolve(settled);
    });
  });
}
