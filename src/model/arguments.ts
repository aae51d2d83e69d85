/** Checks of names and ids that programs pass to the package. Each returns the checked value, or throws InvalidArgumentError. */
import { InvalidArgumentError } from '../errors/index.js';
import { shown } from '../errors/text.js';
import { durationMs, instantMs, type Duration } from './duration.js';
import { checkOptions, type OptionNames } from './options.js';
import { idProblem } from './text.js';

export function checkOperation(operation: unknown): string {
  const problem = operation === '' ? 'it is empty' : idProblem(operation);
  if (problem !== undefined) throw new InvalidArgumentError('operation', problem, 'Give the name of an operation.');
  return operation as string;
}

/** Checks the instance id of an orchestration. @throws InvalidArgumentError */
export function checkInstanceId(instanceId: unknown): string {
  const problem =
    instanceId === ''
      ? 'it is empty'
      : (idProblem(instanceId) ??
        ((instanceId as string).startsWith('@') ? 'it starts with "@", as entity ids do' : undefined));
  if (problem !== undefined)
    throw new InvalidArgumentError('instanceId', problem, 'Give a non-empty text that does not start with "@".');
  return instanceId as string;
}

/** Checks the version of an orchestration: a whole number of at least 1. @throws InvalidArgumentError */
export function checkVersion(version: unknown): number {
  if (Number.isSafeInteger(version) && (version as number) >= 1) return version as number;
  throw new InvalidArgumentError(
    'version',
    `${shown(version)} is not a whole number of at least 1`,
    'Give 1, 2, 3 and so on.',
  );
}

export function checkPatchId(id: unknown): string {
  const problem = id === '' ? 'it is empty' : idProblem(id);
  if (problem !== undefined) throw new InvalidArgumentError('patch id', problem, 'Give a non-empty string.');
  return id as string;
}

/** Checks the name of a scheduled signal. @throws InvalidArgumentError */
export function checkSignalName(name: unknown): string {
  const problem = name === '' ? 'it is empty' : idProblem(name);
  if (problem !== undefined) throw new InvalidArgumentError('signal name', problem, 'Give a non-empty string.');
  return name as string;
}

/** The schedule of a signal. A signal without any of these fields is delivered at once. */
export interface CheckedSchedule {
  readonly dueMs: number | undefined;
  readonly name: string | undefined;
  /** The interval of a periodic signal. Without `dueMs`, its first delivery is one interval from now. */
  readonly everyMs?: number | undefined;
}

const everyMsMin = 1_000;

interface Schedule {
  readonly scheduledTime?: Date | number | undefined;
  readonly name?: string | undefined;
  readonly every?: Duration | undefined;
}

/** The names of the options of a schedule. */
export const scheduleOptions: OptionNames<Schedule> = { scheduledTime: true, name: true, every: true };

/** Checks the options of a signal that a context sends. @throws InvalidArgumentError */
export function checkSignalOptions(options: Schedule | undefined): CheckedSchedule {
  return checkSchedule(checkOptions(options, scheduleOptions));
}

/** Checks the schedule of a signal. @throws InvalidArgumentError */
export function checkSchedule({ scheduledTime, name, every }: Schedule): CheckedSchedule {
  const dueMs = scheduledTime === undefined ? undefined : instantMs(scheduledTime, 'scheduledTime');
  if (every !== undefined) return { dueMs, name: nameOfPeriodic(name), everyMs: checkEvery(every) };
  if (name === undefined) return { dueMs, name };
  if (dueMs === undefined) {
    throw new InvalidArgumentError(
      'signal name',
      'a signal without a scheduledTime does not wait, so a name cannot replace or cancel it',
      'Give a scheduledTime too, or omit the name.',
    );
  }
  return { dueMs, name: checkSignalName(name) };
}

function nameOfPeriodic(name: unknown): string {
  if (name !== undefined) return checkSignalName(name);
  throw new InvalidArgumentError(
    'signal name',
    'a signal with `every` needs a name, by which it can be replaced or cancelled',
    'Give a name.',
  );
}

function checkEvery(every: Duration): number {
  const ms = durationMs(every, 'every');
  if (ms >= everyMsMin) return ms;
  throw new InvalidArgumentError('every', `${ms} ms is less than ${everyMsMin} ms`, "Give at least '1 second'.");
}

export function checkEventName(name: unknown): string {
  const problem = name === '' ? 'it is empty' : idProblem(name);
  if (problem !== undefined) throw new InvalidArgumentError('event name', problem, 'Give a non-empty string.');
  return name as string;
}
