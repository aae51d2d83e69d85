/**
 * The rules of critical sections, as decisions over an immutable state.
 *
 *   outside --lock--> acquiring --granted--> inside --release--> outside
 *
 * A refusal changes nothing: the section stays valid and the request is not sent.
 */
import type { LockingRule } from '../../errors/orchestration-errors.js';

export type Section =
  | { readonly kind: 'outside' }
  | { readonly kind: 'acquiring'; readonly task: number; readonly lockSet: ReadonlySet<string> }
  | {
      readonly kind: 'inside';
      readonly task: number;
      readonly lockSet: ReadonlySet<string>;
      readonly pendingCalls: ReadonlySet<string>;
    };

export const outside: Section = { kind: 'outside' };

export type Verdict = { readonly next: Section } | { readonly refused: LockingRule };

export function decideLock(section: Section, task: number, targets: readonly string[]): Verdict {
  if (section.kind !== 'outside') return { refused: 'DE_LOCK_NESTED' };
  return { next: { kind: 'acquiring', task, lockSet: new Set(targets) } };
}

export function granted(section: Section, task: number): Section {
  if (section.kind !== 'acquiring' || section.task !== task) return section;
  return { kind: 'inside', task, lockSet: section.lockSet, pendingCalls: new Set() };
}

export function decideCall(section: Section, target: string): Verdict {
  if (section.kind === 'outside') return { next: section };
  // While the lock is still asked for, nothing is locked yet.
  if (section.kind === 'acquiring' || !section.lockSet.has(target)) return { refused: 'DE_NOT_LOCKED' };
  if (section.pendingCalls.has(target)) return { refused: 'DE_CALL_PENDING' };
  return { next: { ...section, pendingCalls: new Set([...section.pendingCalls, target]) } };
}

export function callAnswered(section: Section, task: number | undefined, target: string): Section {
  if (section.kind !== 'inside' || section.task !== task || !section.pendingCalls.has(target)) return section;
  const pendingCalls = new Set(section.pendingCalls);
  pendingCalls.delete(target);
  return { ...section, pendingCalls };
}

export function decideSignal(section: Section, target: string): Verdict {
  if (section.kind !== 'outside' && section.lockSet.has(target)) return { refused: 'DE_SIGNAL_LOCKED' };
  return { next: section };
}

export function decideSubOrchestration(section: Section): Verdict {
  return section.kind === 'outside' ? { next: section } : { refused: 'DE_LOCK_SUBORCHESTRATION' };
}
