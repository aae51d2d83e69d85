/**
 * The history of an execution: each event that the code received, followed by the actions of the code.
 *
 * Replay feeds the same events, one per drain, and compares the actions of the code with the recorded ones.
 */
import type { RunAction, SessionEvent } from '../../../model/orchestration-events.js';
import { describeAction } from './describe-action.js';

/** An event that the code received: an answer to the action `of`, or, without `of`, its start or an external event. */
export interface Told {
  readonly at: number;
  readonly event: SessionEvent;
  readonly of?: string | undefined;
}

/** The kept results as they are stored: in the first event of the new execution's history. */
export interface RecordedAnswers {
  readonly told: readonly Told[];
  /** One-way actions (signals, starts, events), which are not sent again. */
  readonly done: readonly string[];
  /** Sub-orchestrations without a result, which continue. */
  readonly children: readonly { readonly of: string; readonly child: string }[];
  /** Ids of the recorded patches, which let the code take the same path. Absent if no patch is recorded. */
  readonly patches?: readonly string[] | undefined;
}

export type HistoryEvent =
  /** The first event of a rewound execution: what it keeps of the failed execution. */
  | { readonly h: 'kept'; readonly kept: RecordedAnswers }
  /**
   * An event that the code received at `at` (its `currentTime`). `kept` if it was taken from the kept results. `started` is the time when the
   * work began that the event answers: an activity, or an external operation. Absent for other events, and in histories of version 0.1.
   */
  | {
      readonly h: 'fed';
      readonly at: number;
      readonly event: SessionEvent;
      readonly kept?: true | undefined;
      readonly started?: number | undefined;
    }
  /** One more lock of section `section` is held. The code receives an event for the last lock only. */
  | { readonly h: 'lock'; readonly section: number }
  /** An action of the code, with the inbox row of a timer or an activity, or the id of a sub-orchestration (`child`). */
  | {
      readonly h: 'did';
      readonly action: RunAction;
      readonly row?: number | undefined;
      readonly child?: string | undefined;
    };

/** The input that the history of an execution holds. `undefined` without an input, and if the code has not been started. */
export function startedInput(events: readonly HistoryEvent[]): string | undefined {
  for (const each of events) if (each.h === 'fed' && each.event.kind === 'started') return each.event.input;
  return undefined;
}

export interface Mismatch {
  readonly recorded: string | undefined;
  readonly requested: string | undefined;
}

/** The first difference between recorded actions and the actions of the code. `undefined` if all actions agree. */
export function compareActions(recorded: readonly RunAction[], requested: readonly RunAction[]): Mismatch | undefined {
  for (let i = 0; i < recorded.length || i < requested.length; i++) {
    const before = recorded[i] === undefined ? undefined : describeAction(recorded[i] as RunAction);
    const now = requested[i] === undefined ? undefined : describeAction(requested[i] as RunAction);
    if (before !== now) return { recorded: before, requested: now };
  }
  return undefined;
}
