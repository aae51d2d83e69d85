/**
 * Missing code: activities and orchestrations that a worker registered once and that this worker has not registered.
 *
 * The status of the waiting orchestration names the missing code. The name is removed when the orchestration is loaded and the code is
 * registered again, or when the waiting work begins.
 */
import { versionName } from '../../../ports/names.js';
import type { RunRecord } from '../model/run-record.js';
import type { UserCode } from '../../../ports/user-code.js';
import type { WorkerTerm } from './worker-term.js';
import type { LiveRun } from './live-instance.js';

/** The greatest number of names in the status. */
const shownMax = 50;
/** The task number that stands for the code of the orchestration itself. */
const itself = -1;

/** Notes that this activity waits for its code. */
export function noteMissingActivity(term: WorkerTerm, run: LiveRun, task: number, name: string): void {
  if (run.record !== undefined) note(term, run, run.record, task, `activity:${name}`);
}

/** Notes that the orchestration waits for its own code. */
export function noteMissingRun(term: WorkerTerm, run: LiveRun, record: RunRecord): void {
  note(term, run, record, itself, `orchestration:${versionName(record.name, record.version ?? 1)}`);
}

function note(term: WorkerTerm, run: LiveRun, record: RunRecord, task: number, name: string): void {
  const missing = record.missing ?? {};
  if (missing[task] === name || Object.keys(missing).length >= shownMax) return;
  record.missing = { ...missing, [task]: name };
  term.markDirty(run);
}

/** Removes the note for a task that has begun, or whose result is no longer needed. */
export function forgetMissing(term: WorkerTerm, run: LiveRun, task: number): void {
  const missing = run.record?.missing;
  if (run.record === undefined || missing?.[task] === undefined) return;
  const { [task]: _, ...others } = missing;
  run.record.missing = Object.keys(others).length === 0 ? undefined : others;
  term.markDirty(run);
}

/** Removes the note for the code of the orchestration itself. */
export function forgetMissingRun(term: WorkerTerm, run: LiveRun): void {
  forgetMissing(term, run, itself);
}

/** The notes of another worker that are still true in this one. */
export function stillMissing(record: RunRecord, userCode: UserCode): RunRecord['missing'] {
  const { name, version = 1, missing = {} } = record;
  const left = Object.entries(missing).filter(([task, what]) =>
    Number(task) === itself
      ? userCode.orchestration(name, version) === undefined
      : userCode.activity(what.slice('activity:'.length)) === undefined,
  );
  return left.length === 0 ? undefined : Object.fromEntries(left);
}
