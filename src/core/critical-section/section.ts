/**
 * The rules of critical sections, as functions over an immutable state.
 *
 *   outside --lock--> acquiring --granted--> inside --release--> outside
 *
 * A refused request changes nothing: the section stays valid, and the request is not sent.
 */
import type { LockingRule } from '../../errors/orchestration-errors.js';

export type Section =
  | { readonly kind: 'outside' }
  | { readonly kind: 'acquiring'; readonly task: number; readonly lockSet: ReadonlySet<string> }
  | {
      readonly kind: 'inside';
      readonly task: number;
      readonly lockSet: ReadonlySet<string>;
      /** Calls without an answer so far. */
      readonly pendingCalls: readonly PendingCall[];
    };

interface PendingCall {
  readonly task: number;
  readonly target: string;
}

export const outside: Section = { kind: 'outside' };

export type Verdict = { readonly next: Section } | { readonly refused: LockingRule };

export function decideLock(section: Section, task: number, targets: readonly string[]): Verdict {
  if (section.kind !== 'outside') return { refused: 'DE_LOCK_NESTED' };
  return { next: { kind: 'acquiring', task, lockSet: new Set(targets) } };
}

export function granted(section: Section, task: number): Section {
  if (section.kind !== 'acquiring' || section.task !== task) return section;
  return { kind: 'inside', task, lockSet: section.lockSet, pendingCalls: [] };
}

/** `task` is the task number of the new call. */
export function decideCall(section: Section, task: number, target: string): Verdict {
  if (section.kind === 'outside') return { next: section };
  // No entity is locked before the lock is granted.
  if (section.kind === 'acquiring' || !section.lockSet.has(target)) return { refused: 'DE_NOT_LOCKED' };
  const { lockSet, pendingCalls } = section;
  if (pendingCalls.some((call) => call.target === target)) return { refused: 'DE_CALL_PENDING' };
  return { next: { kind: 'inside', task: section.task, lockSet, pendingCalls: [...pendingCalls, { task, target }] } };
}

/** Removes an answered call from the pending ones. An answer to a call from outside of this section changes nothing. */
export function callAnswered(section: Section, task: number): Section {
  if (section.kind !== 'inside' || !section.pendingCalls.some((call) => call.task === task)) return section;
  const { lockSet, pendingCalls } = section;
  return {
    kind: 'inside',
    task: section.task,
    lockSet,
    pendingCalls: pendingCalls.filter((call) => call.task !== task),
  };
}

export function decideSignal(section: Section, target: string): Verdict {
  if (section.kind !== 'outside' && section.lockSet.has(target)) return { refused: 'DE_SIGNAL_LOCKED' };
  return { next: section };
}

export function decideSubOrchestration(section: Section): Verdict {
  return section.kind === 'outside' ? { next: section } : { refused: 'DE_LOCK_SUBORCHESTRATION' };
}
