import type { Strict } from '../functions/ambient.js';
import type { OrchestrationDefinition } from '../functions/definitions.js';
import type { Section, Verdict } from '../core/critical-section/section.js';
import type { RunAction, RunOutcome } from '../model/orchestration-events.js';
import type { RunIdentity, SessionObserver } from '../ports/user-code.js';
import type { EventBuffer } from './event-buffer.js';
import type { RuntimeSupport } from './support.js';
import type { TaskLedger } from './task-ledger.js';

/** State that the parts of an orchestrator's context share: its tasks, its critical section, and its turn. */
export interface Session {
  readonly definition: OrchestrationDefinition;
  readonly identity: RunIdentity;
  readonly observer: SessionObserver;
  readonly support: RuntimeSupport;
  readonly tasks: TaskLedger;
  /** `undefined` if strict mode is off. */
  readonly strict: Strict | undefined;
  readonly events: EventBuffer;
  /** Functions that start the time limits of waits. They are called when the unread events have been delivered. */
  readonly limits: Set<() => void>;
  /** The number of the next action. */
  readonly nextTask: number;
  /** Number of events that the session has received. */
  readonly turn: number;
  /** Time of the event that is being processed: ms since 1970 (UTC). */
  readonly timeMs: number;
  readonly replaying: boolean;
  section: Section;
  customStatus: { readonly text: string | undefined } | undefined;
  /** Tags that were set in this turn, `null` for removed ones. */
  tagChanges: { readonly [name: string]: string | null } | undefined;
  outcome: RunOutcome | undefined;
  /** Requests an action under the number `nextTask`. Returns that number. */
  ask(action: RunAction): number;
  /** Applies a verdict. Returns the section in which the request is made, `undefined` outside one. @throws LockingRulesViolationError */
  enter(verdict: Verdict, subject?: string): number | undefined;
  /** @throws NonDeterministicOrchestrationError outside of a turn */
  checkTurn(member: string): void;
  /** Reports the requests to strict mode whose promises the code has not looked at. @throws NotAwaitedError */
  checkAwaited(): void;
  /** `true` for the new branch, which the first call records. @param live branch of new executions */
  patched(id: string, live: boolean): boolean;
}
