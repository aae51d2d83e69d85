/** Checks of names and ids at every entrance. */
import { InvalidArgumentError } from '../errors/index.js';
import { durationMs, instantMs, type Duration } from './duration.js';
import { checkOptions, type OptionNames } from './options.js';
import { idProblem } from './text.js';

export function checkOperation(operation: unknown): string {
  const problem = operation === '' ? 'it is empty' : idProblem(operation);
  if (problem !== undefined) throw new InvalidArgumentError('operation', problem, 'Give the name of an operation.');
  return operation as string;
}

/** An orchestration's instance id. */
export function checkInstanceId(instanceId: unknown): string {
  const problem =
    instanceId === ''
      ? 'it is empty'
      : (idProblem(instanceId) ??
        ((instanceId as string).startsWith('@') ? 'it starts with "@", as entity ids do' : undefined));
  if (problem !== undefined) throw new InvalidArgumentError('instanceId', problem, 'Give any other text.');
  return instanceId as string;
}

/** The version of an orchestration. */
export function checkVersion(version: unknown): number {
  if (Number.isSafeInteger(version) && (version as number) >= 1) return version as number;
  throw new InvalidArgumentError('version', 'it is not a whole number of at least 1', 'Give 1, 2, 3 and so on.');
}

export function checkPatchId(id: unknown): string {
  const problem = id === '' ? 'it is empty' : idProblem(id);
  if (problem !== undefined) throw new InvalidArgumentError('patch id', problem, 'Give a non-empty string.');
  return id as string;
}

/** The name of a scheduled signal. */
export function checkSignalName(name: unknown): string {
  const problem = name === '' ? 'it is empty' : idProblem(name);
  if (problem !== undefined) throw new InvalidArgumentError('signal name', problem, 'Give a non-empty string.');
  return name as string;
}

/** When a signal is due. What was not given is `undefined`, and a signal without any of it is delivered at once. */
export interface CheckedSchedule {
  readonly dueMs: number | undefined;
  readonly name: string | undefined;
  /** Of a periodic signal. Without `dueMs`, its first tick is one interval from now. */
  readonly everyMs?: number | undefined;
}

const everyMsMin = 1_000;

interface Schedule {
  readonly scheduledTime?: Date | number | undefined;
  readonly name?: string | undefined;
  readonly every?: Duration | undefined;
}

/** The options of a schedule. */
export const scheduleOptions: OptionNames<Schedule> = { scheduledTime: true, name: true, every: true };

/** The options of a signal that a context sends. @throws InvalidArgumentError */
export function checkSignalOptions(options: Schedule | undefined): CheckedSchedule {
  return checkSchedule(checkOptions(options, scheduleOptions));
}

/** @throws InvalidArgumentError */
export function checkSchedule({ scheduledTime, name, every }: Schedule): CheckedSchedule {
  const dueMs = scheduledTime === undefined ? undefined : instantMs(scheduledTime, 'scheduledTime');
  if (every !== undefined) return { dueMs, name: nameOfPeriodic(name), everyMs: checkEvery(every) };
  if (name === undefined) return { dueMs, name };
  if (dueMs === undefined) {
    throw new InvalidArgumentError(
      'signal name',
      'without a scheduledTime the signal does not wait, so there is nothing that could be replaced or cancelled by it',
      'Give a scheduledTime too, or no name.',
    );
  }
  return { dueMs, name: checkSignalName(name) };
}

function nameOfPeriodic(name: unknown): string {
  if (name !== undefined) return checkSignalName(name);
  throw new InvalidArgumentError(
    'signal name',
    'a signal with `every` has none, so nothing could replace or cancel it',
    'Give a name too.',
  );
}

function checkEvery(every: Duration): number {
  const ms = durationMs(every, 'every');
  if (ms >= everyMsMin) return ms;
  throw new InvalidArgumentError('every', `${ms} ms is too short`, "Give at least a second, e.g. '1 hour'.");
}

export function checkEventName(name: unknown): string {
  const problem = name === '' ? 'it is empty' : idProblem(name);
  if (problem !== undefined) throw new InvalidArgumentError('event name', problem, 'Give a non-empty string.');
  return name as string;
}
