/**
 * The history of an execution: each event that was fed to the code, followed by what the code asked for.
 *
 * Replay feeds the same events, one per drain, and compares what the code asks for with what it asked for before.
 */
import type { RunAction, SessionEvent } from '../../../model/orchestration-events.js';
import type { RecordedAnswers } from './rewind.js';

export type HistoryEvent =
  /** The execution is a rewound one: what it keeps of the one that failed. Comes first. */
  | { readonly h: 'kept'; readonly kept: RecordedAnswers }
  /** Fed to the code at `at` (its `currentTime`); `kept`: taken from what is kept. */
  | { readonly h: 'fed'; readonly at: number; readonly event: SessionEvent; readonly kept?: true | undefined }
  /** One more lock of section `section` is held; the code hears of the last one only. */
  | { readonly h: 'lock'; readonly section: number }
  /** Asked for by the code; `row`: the inbox row of a timer or an activity; `child`: the id of a sub-orchestration. */
  | {
      readonly h: 'did';
      readonly action: RunAction;
      readonly row?: number | undefined;
      readonly child?: string | undefined;
    };

export interface Mismatch {
  readonly recorded: string | undefined;
  readonly requested: string | undefined;
}

/** The first difference between what the history holds and what the code asked for; `undefined` when there is none. */
export function compareActions(recorded: readonly RunAction[], requested: readonly RunAction[]): Mismatch | undefined {
  for (let i = 0; i < recorded.length || i < requested.length; i++) {
    const before = recorded[i] === undefined ? undefined : describeAction(recorded[i] as RunAction);
    const now = requested[i] === undefined ? undefined : describeAction(requested[i] as RunAction);
    if (before !== now) return { recorded: before, requested: now };
  }
  return undefined;
}

function named({ name, version }: { readonly name: string; readonly version?: number | undefined }): string {
  return version === undefined ? name : `${name}@${version}`;
}

/** An action in one line, for comparing and for showing. Inputs belong to it. */
export function describeAction(action: RunAction): string {
  switch (action.kind) {
    case 'call':
      return `#${action.task} call ${action.target} ${action.operation}(${action.input ?? ''})${action.section === undefined ? '' : ` in section ${action.section}`}`;
    case 'signal':
      return `#${action.task} signal ${action.target} ${action.operation}(${action.input ?? ''})${action.dueMs === undefined ? '' : ` at ${action.dueMs}`}${action.name === undefined ? '' : ` as ${JSON.stringify(action.name)}`}`;
    case 'cancelSignal':
      return `#${action.task} cancel signal ${JSON.stringify(action.name)} of ${action.target}`;
    case 'activity':
      return `#${action.task} activity ${action.name}(${action.input ?? ''})`;
    case 'sub':
      return `#${action.task} sub-orchestration ${named(action)}(${action.input ?? ''})${action.instanceId === undefined ? '' : ` as ${action.instanceId}`}`;
    case 'start':
      return `#${action.task} start ${named(action)}(${action.input ?? ''}) as ${action.instanceId}`;
    case 'event':
      return `#${action.task} event ${action.name}(${action.value ?? ''}) to ${action.instanceId}`;
    case 'timer':
      return `#${action.task} timer at ${action.dueMs}${action.limits === undefined ? '' : ` as a limit of ${action.limits.ms} ms`}`;
    case 'cancelTimer':
      return `#${action.task} cancel timer #${action.timer}`;
    case 'cancelActivity':
      return `#${action.task} cancel activity #${action.activity}`;
    case 'lock':
      return `#${action.task} lock ${action.targets.join(', ')}`;
    case 'release':
      return `#${action.task} release section #${action.section}`;
    case 'refused':
      return `#${action.task} nobody has announced ${action.name}`;
    case 'patch':
      return `#${action.task} patch ${JSON.stringify(action.id)}`;
  }
}
