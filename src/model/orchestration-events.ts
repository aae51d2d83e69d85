/** Events that the engine feeds to an orchestrator, actions that the orchestrator asks for, and outcomes. All values are JSON text. */
import type { StartDetails } from './run-start.js';

/** An event for an orchestrator. `task` is the number of the action that the event answers. */
export type SessionEvent =
  /** `rules` is the version of the rules that match events to waits. Absent for the rules of version 0.1. */
  | { readonly kind: 'started'; readonly input: string | undefined; readonly rules?: 2 | undefined }
  | { readonly kind: 'completed'; readonly task: number; readonly value: string | undefined }
  | { readonly kind: 'failed'; readonly task: number; readonly error: string }
  | { readonly kind: 'fired'; readonly task: number }
  | { readonly kind: 'granted'; readonly task: number }
  | { readonly kind: 'event'; readonly name: string; readonly value: string | undefined };

/** An action that an orchestrator asks for. `task` numbers the actions of an execution from 0, in order. */
export type RunAction = { readonly task: number } & (
  | {
      readonly kind: 'call';
      readonly target: string;
      readonly operation: string;
      readonly input: string | undefined;
      /** The task number of the `lock` action of the critical section. Absent outside of critical sections. */
      readonly section?: number | undefined;
    }
  | {
      readonly kind: 'signal';
      readonly target: string;
      readonly operation: string;
      readonly input: string | undefined;
      readonly dueMs?: number | undefined;
      /** Only with `dueMs` or `everyMs`. */
      readonly name?: string | undefined;
      readonly everyMs?: number | undefined;
    }
  | { readonly kind: 'cancelSignal'; readonly target: string; readonly name: string }
  | { readonly kind: 'activity'; readonly name: string; readonly input: string | undefined }
  | {
      readonly kind: 'sub';
      readonly name: string;
      readonly input: string | undefined;
      readonly instanceId?: string | undefined;
      readonly version?: number | undefined;
      readonly details?: StartDetails | undefined;
    }
  | {
      readonly kind: 'start';
      readonly name: string;
      readonly input: string | undefined;
      readonly instanceId: string;
      readonly version?: number | undefined;
      readonly details?: StartDetails | undefined;
    }
  | {
      readonly kind: 'event';
      readonly instanceId: string;
      readonly name: string;
      readonly value: string | undefined;
    }
  /** `limits` is present if the timer is the time limit of a task: that task, and the limit in milliseconds. */
  | {
      readonly kind: 'timer';
      readonly dueMs: number;
      readonly limits?: { readonly task: number; readonly ms: number } | undefined;
    }
  | { readonly kind: 'cancelTimer'; readonly timer: number }
  /** The time limit of an activity has passed. */
  | { readonly kind: 'cancelActivity'; readonly activity: number }
  /** `targets` are sorted by code unit, without repeats. The task number of this action names the section. */
  | { readonly kind: 'lock'; readonly targets: readonly string[] }
  | { readonly kind: 'release'; readonly section: number }
  /**
   * The code used a name that no worker had announced (`entity:counter`), and the call threw. The history records this, because the name
   * may be known at the time of a replay.
   */
  | {
      readonly kind: 'refused';
      readonly name: string;
      /** The known names, which the error lists. Absent in histories of version 0.1. */
      readonly known?: readonly string[] | undefined;
    }
  /** `context.patched(id)` returned true, so the code took the new branch. */
  | { readonly kind: 'patch'; readonly id: string }
);

export type RunOutcome =
  | { readonly kind: 'completed'; readonly output: string | undefined }
  | { readonly kind: 'failed'; readonly error: string }
  | {
      readonly kind: 'continued';
      readonly input: string | undefined;
      /** Unread events, which the next execution receives. */
      readonly events: readonly { readonly name: string; readonly value: string | undefined }[];
      /** Whether the next execution also receives the events that wait outside of the session. */
      readonly keepEvents: boolean;
      /** Absent for the highest version. */
      readonly version?: number | undefined;
    };
