/**
 * The format of `test/histories/*.json`, one file per feature:
 *
 *   feature     the program of `programs.ts` that wrote it
 *   executions  of the run, in their order (several after continue-as-new):
 *     run       what the code sees of itself: instance id, execution id, name, version
 *     events    the history as it was stored: what the code was told (`h: 'fed'`, with its time), each followed by what it asked
 *               for (`h: 'did'`); locks on their way (`h: 'lock'`)
 *     outcome   how the code ended, with the result or error as JSON text; null: another execution followed
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { HistoryEvent } from '../../src/engines/sql/core/history.js';
import type { RunOutcome } from '../../src/model/orchestration-events.js';
import type { RunIdentity } from '../../src/ports/user-code.js';

export interface RecordedExecution {
  readonly run: RunIdentity & { readonly version: number };
  readonly events: readonly HistoryEvent[];
  readonly outcome: Exclude<RunOutcome, { kind: 'continued' }> | null;
}

export interface HistoryFile {
  readonly feature: string;
  readonly executions: readonly RecordedExecution[];
}

/** In the sources: the files are not compiled. */
export const folder = resolve(import.meta.dirname, '../../../test/histories');

export function historyFiles(): HistoryFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as HistoryFile);
}
