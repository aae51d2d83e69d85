/**
 * The ledger of one execution: what it waits for, how far its lock request is, and which rows it must clear when it ends.
 *
 * Live turns and replay write the same ledger, so that an orchestration that was read back decides like one that never left memory.
 */
import type { LockOwner, RunMessage } from '../model/messages.js';
import type { RunAction, SessionEvent } from '../../../model/orchestration-events.js';
import { ByTask } from '../../../core/by-task.js';

/** Locks are asked for one after the other in sorted order; each grant asks for the next. */
export interface LockProgress {
  readonly section: number;
  readonly targets: readonly string[];
  /** The first `asked` targets got the request; all but the last of them have granted it, or all when `held` equals it. */
  asked: number;
  held: number;
}

/** A timer or an activity with its inbox row, or something without one. */
type Pending =
  | { readonly kind: 'timer' | 'activity'; readonly row: number }
  | { readonly kind: 'child'; readonly id: string }
  | { readonly kind: 'other' };

const other: Pending = { kind: 'other' };

/** What a message means to the run. */
export type Reading =
  | { readonly kind: 'feed'; readonly event: SessionEvent; readonly notBeforeMs?: number | undefined }
  /** The next lock is asked for. */
  | { readonly kind: 'ask'; readonly target: string }
  /** A grant for a section that is over: the entity gets a release. */
  | { readonly kind: 'stray'; readonly owner: LockOwner; readonly entity: string }
  | { readonly kind: 'drop' };

export class ExecutionLedger {
  private readonly pending = new ByTask<Pending>();
  private lastOwner: LockOwner | undefined = undefined;
  lock: LockProgress | undefined;
  /** `currentTime` of the last event. */
  timeMs = 0;

  constructor(
    readonly instance: string,
    readonly execution: string,
  ) {}

  owner(section: number): LockOwner {
    if (this.lastOwner?.section === section) return this.lastOwner;
    this.lastOwner = { instance: this.instance, execution: this.execution, section };
    return this.lastOwner;
  }

  /** Reads an answer, a timer, a grant or an event. Changes nothing. */
  read(message: RunMessage): Reading {
    switch (message.kind) {
      case 'answer':
        if (message.execution !== this.execution || this.pending.get(message.task) === undefined)
          return { kind: 'drop' };
        return {
          kind: 'feed',
          event: message.answer.ok
            ? { kind: 'completed', task: message.task, value: message.answer.value }
            : { kind: 'failed', task: message.task, error: message.answer.error },
        };
      case 'timer':
        if (message.execution !== this.execution || this.pending.get(message.task) === undefined)
          return { kind: 'drop' };
        return { kind: 'feed', event: { kind: 'fired', task: message.task }, notBeforeMs: message.dueMs };
      case 'grant':
        return this.readGrant(message.owner, message.entity);
      case 'event':
        return { kind: 'feed', event: { kind: 'event', name: message.name, value: message.value } };
      default:
        return { kind: 'drop' };
    }
  }

  private readGrant(owner: LockOwner, entity: string): Reading {
    const lock = this.lock;
    if (lock === undefined || owner.execution !== this.execution || owner.section !== lock.section) {
      return { kind: 'stray', owner, entity };
    }
    if (lock.targets[lock.held] !== entity) return { kind: 'drop' };
    const next = lock.targets[lock.held + 1];
    return next === undefined
      ? { kind: 'feed', event: { kind: 'granted', task: lock.section } }
      : { kind: 'ask', target: next };
  }

  /** The event was fed to the code. */
  noteFed(event: SessionEvent, timeMs: number): void {
    this.timeMs = timeMs;
    switch (event.kind) {
      case 'completed':
      case 'failed':
      case 'fired':
        this.pending.take(event.task);
        break;
      case 'granted':
        this.pending.take(event.task);
        if (this.lock !== undefined) this.lock.held = this.lock.targets.length;
        break;
    }
  }

  /** One more lock is held, and the next one asked for. */
  noteLock(): void {
    if (this.lock === undefined) return;
    this.lock.held++;
    this.lock.asked++;
  }

  /** The code asked for this; `row`: the inbox row of a timer or an activity; `child`: the id of a sub-orchestration. */
  noteAction(action: RunAction, row: number, child?: string): void {
    switch (action.kind) {
      case 'activity':
      case 'timer':
        this.pending.add(action.task, row === 0 ? other : { kind: action.kind, row });
        break;
      case 'call':
        this.pending.add(action.task, other);
        break;
      case 'sub':
        this.pending.add(action.task, child === undefined ? other : { kind: 'child', id: child });
        break;
      case 'lock':
        this.pending.add(action.task, other);
        this.lock = { section: action.task, targets: action.targets, asked: 1, held: 0 };
        break;
      case 'cancelTimer':
        this.pending.take(action.timer);
        break;
      case 'cancelActivity':
        this.pending.take(action.activity);
        break;
      case 'release':
        if (this.lock?.section === action.section) this.lock = undefined;
        break;
    }
  }

  /** The row of a timer that still runs; 0: none. */
  rowOf(task: number): number {
    const pending = this.pending.get(task);
    return pending !== undefined && 'row' in pending ? pending.row : 0;
  }

  /** Every entity that was asked for a lock of the section, granted or not: each gets the release. */
  asked(): readonly string[] {
    return this.lock === undefined ? [] : this.lock.targets.slice(0, this.lock.asked);
  }

  /** The rows of timers and activities that nobody waits for once the execution is over. */
  openRows(): readonly { task: number; kind: 'timer' | 'activity'; row: number }[] {
    const open: { task: number; kind: 'timer' | 'activity'; row: number }[] = [];
    if (this.pending.size === 0) return open;
    for (const [task, pending] of this.pending) {
      if ('row' in pending) open.push({ task, kind: pending.kind, row: pending.row });
    }
    return open;
  }

  /** Sub-orchestrations that have not answered. */
  openChildren(): readonly string[] {
    const open: string[] = [];
    for (const [, pending] of this.pending) if (pending.kind === 'child') open.push(pending.id);
    return open;
  }
}
