/** What an orchestrator is fed, what it asks for, and how it ends. All values are JSON text. */
import type { StartDetails } from './run-start.js';

/** What is fed to an orchestrator. `task` is the number of the action that it answers. */
export type SessionEvent =
  /** `rules`: how events find their waits; absent: as in version 0.1. */
  | { readonly kind: 'started'; readonly input: string | undefined; readonly rules?: 2 | undefined }
  | { readonly kind: 'completed'; readonly task: number; readonly value: string | undefined }
  | { readonly kind: 'failed'; readonly task: number; readonly error: string }
  | { readonly kind: 'fired'; readonly task: number }
  | { readonly kind: 'granted'; readonly task: number }
  | { readonly kind: 'event'; readonly name: string; readonly value: string | undefined };

/** What an orchestrator asks for; `task` counts all actions of an execution from 0, in the order asked. */
export type RunAction = { readonly task: number } & (
  | {
      readonly kind: 'call';
      readonly target: string;
      readonly operation: string;
      readonly input: string | undefined;
      /** The task number of the lock under which it is called; absent outside of critical sections. */
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
  /** `limits`: it is the time limit, of this many milliseconds, of a task; absent: a timer of the code. */
  | {
      readonly kind: 'timer';
      readonly dueMs: number;
      readonly limits?: { readonly task: number; readonly ms: number } | undefined;
    }
  | { readonly kind: 'cancelTimer'; readonly timer: number }
  /** The time of an activity is over. */
  | { readonly kind: 'cancelActivity'; readonly activity: number }
  /** `targets`: sorted by code unit, each once. The section's name is this task's number. */
  | { readonly kind: 'lock'; readonly targets: readonly string[] }
  | { readonly kind: 'release'; readonly section: number }
  /** A name that no worker had announced (`entity:counter`): what was asked threw. Recorded, because the name may be known in replay. */
  | {
      readonly kind: 'refused';
      readonly name: string;
      /** The names that were known, which the error names. Absent in histories of version 0.1. */
      readonly known?: readonly string[] | undefined;
    }
  /** `context.patched(id)` was true: the code went the new way. */
  | { readonly kind: 'patch'; readonly id: string }
);

export type RunOutcome =
  | { readonly kind: 'completed'; readonly output: string | undefined }
  | { readonly kind: 'failed'; readonly error: string }
  | {
      readonly kind: 'continued';
      readonly input: string | undefined;
      /** Events received and not awaited yet, to be kept for the next execution. */
      readonly events: readonly { readonly name: string; readonly value: string | undefined }[];
      /** Whether events that wait outside of the session are kept too. */
      readonly keepEvents: boolean;
      /** Absent: the highest. */
      readonly version?: number | undefined;
    };
