import type { OrchestrationDefinition } from '../functions/definitions.js';
import type { Section, Verdict } from '../core/critical-section/section.js';
import type { RunAction, RunOutcome } from '../model/orchestration-events.js';
import type { RunIdentity, SessionObserver } from '../ports/user-code.js';
import type { EventBuffer } from './event-buffer.js';
import type { RuntimeSupport } from './support.js';
import type { TaskLedger } from './task-ledger.js';

/** What the parts of an orchestrator's context share: its tasks, its critical section, and the turn it is in. */
export interface Session {
  readonly definition: OrchestrationDefinition;
  readonly identity: RunIdentity;
  readonly observer: SessionObserver;
  readonly support: RuntimeSupport;
  readonly tasks: TaskLedger;
  readonly events: EventBuffer;
  /** Time limits of waits, which are asked for when unread events have been given out. */
  readonly limits: Set<() => void>;
  /** The number of the next action. */
  readonly nextTask: number;
  /** Counts the events that it was fed. */
  readonly turn: number;
  /** Time of the event that is being processed: ms since 1970 (UTC). */
  readonly timeMs: number;
  readonly replaying: boolean;
  section: Section;
  customStatus: { readonly text: string | undefined } | undefined;
  /** Tags set in this turn, `null` for those removed. */
  tagChanges: { readonly [name: string]: string | null } | undefined;
  outcome: RunOutcome | undefined;
  /** Asks for something, as `nextTask`; returns that number. */
  ask(action: RunAction): number;
  /** Takes a verdict over; returns the section the request is made in. @throws LockingRulesViolationError */
  enter(verdict: Verdict, subject?: string): number | undefined;
  /** @throws NonDeterministicOrchestrationError outside of a turn */
  checkTurn(member: string): void;
  /** True for the new way, which is recorded at the first question. `live` is the way of new executions. */
  patched(id: string, live: boolean): boolean;
}
