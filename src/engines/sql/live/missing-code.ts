/**
 * Code that an orchestration waits for: activities, or its own code, which some worker registered once and this one does not.
 *
 * The status of the run names it. Where the code comes back, the name goes: when the run is loaded, or when what waited for it begins.
 */
import { versionName } from '../../../ports/names.js';
import type { RunRecord } from '../model/run-record.js';
import type { UserCode } from '../../../ports/user-code.js';
import type { WorkerTerm } from './worker-term.js';
import type { LiveRun } from './live-instance.js';

/** How many the status names. */
const shownMax = 50;
/** In place of a task: the code of the run itself. */
const itself = -1;

/** This activity of the run waits for its code. */
export function noteMissingActivity(term: WorkerTerm, run: LiveRun, task: number, name: string): void {
  if (run.record !== undefined) note(term, run, run.record, task, `activity:${name}`);
}

/** The run itself waits for its code. */
export function noteMissingRun(term: WorkerTerm, run: LiveRun, record: RunRecord): void {
  note(term, run, record, itself, `orchestration:${versionName(record.name, record.version ?? 1)}`);
}

function note(term: WorkerTerm, run: LiveRun, record: RunRecord, task: number, name: string): void {
  const missing = record.missing ?? {};
  if (missing[task] === name || Object.keys(missing).length >= shownMax) return;
  record.missing = { ...missing, [task]: name };
  term.markDirty(run);
}

/** What this task waited for has come, or nobody waits for it any more. */
export function forgetMissing(term: WorkerTerm, run: LiveRun, task: number): void {
  const missing = run.record?.missing;
  if (run.record === undefined || missing?.[task] === undefined) return;
  const { [task]: _, ...others } = missing;
  run.record.missing = Object.keys(others).length === 0 ? undefined : others;
  term.markDirty(run);
}

/** The code of the run is there. */
export function forgetMissingRun(term: WorkerTerm, run: LiveRun): void {
  forgetMissing(term, run, itself);
}

/** What is still missing in this worker, of what was missing in another one. */
export function stillMissing(record: RunRecord, userCode: UserCode): RunRecord['missing'] {
  const { name, version = 1, missing = {} } = record;
  const left = Object.entries(missing).filter(([task, what]) =>
    Number(task) === itself
      ? userCode.orchestration(name, version) === undefined
      : userCode.activity(what.slice('activity:'.length)) === undefined,
  );
  return left.length === 0 ? undefined : Object.fromEntries(left);
}
