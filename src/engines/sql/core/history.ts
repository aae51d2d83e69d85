/**
 * The history of an execution: each event that was fed to the code, followed by what the code asked for.
 *
 * Replay feeds the same events, one per drain, and compares what the code asks for with what it asked for before.
 */
import type { RunAction, SessionEvent } from '../../../model/orchestration-events.js';
import { describeAction } from './describe-action.js';

/** Something the code was told: an answer to the action `of`, or (without it) its start or an external event. */
export interface Told {
  readonly at: number;
  readonly event: SessionEvent;
  readonly of?: string | undefined;
}

/** As stored: the first event of the new execution's history. */
export interface RecordedAnswers {
  readonly told: readonly Told[];
  /** One-way actions (signals, starts, events): they are not sent again. */
  readonly done: readonly string[];
  /** Sub-orchestrations without a result: these runs are taken up again. */
  readonly children: readonly { readonly of: string; readonly child: string }[];
  /** Ids of the patches that it recorded: the code goes the same way. Absent: none. */
  readonly patches?: readonly string[] | undefined;
}

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
