/**
 * The ledger of one execution: open tasks, the progress of its lock request, and the rows to delete when the execution ends.
 *
 * Live turns and replay write the same ledger. So an orchestration that was loaded from storage decides like one that never left memory.
 */
import type { LockOwner, RunMessage } from '../model/messages.js';
import type { RunAction, SessionEvent } from '../../../model/orchestration-events.js';
import { ByTask } from '../../../core/by-task.js';

/** The progress of a critical section. Its locks are requested one after the other, in sorted order. */
export interface LockProgress {
  readonly section: number;
  readonly targets: readonly string[];
  /** `currentTime` of the code when it asked for the section. */
  readonly begunMs: number;
  /** The number of targets that got the request. All but the last of them have granted it, or all if `held` equals `asked`. */
  asked: number;
  held: number;
}

/** An open task: a timer or an activity with its inbox row, a sub-orchestration, or a task without either. */
type Pending =
  | { readonly kind: 'timer' | 'activity'; readonly row: number }
  | { readonly kind: 'child'; readonly id: string }
  | { readonly kind: 'other' };

const other: Pending = { kind: 'other' };

/** The meaning of a message for the execution. */
export type Reading =
  | { readonly kind: 'feed'; readonly event: SessionEvent; readonly notBeforeMs?: number | undefined }
  /** The next lock is requested. */
  | { readonly kind: 'ask'; readonly target: string }
  /** A grant for a section that has ended. The entity gets a release. */
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

  /** Decides what an answer, a timer, a grant or an event means. Changes nothing. */
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

  /** Notes an event that the code received. */
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

  /** Notes that one more lock is held, and the next one is requested. */
  noteLock(): void {
    if (this.lock === undefined) return;
    this.lock.held++;
    this.lock.asked++;
  }

  /**
   * Notes an action of the code.
   * @param row the inbox row of a timer or an activity, otherwise 0
   * @param child the id of a sub-orchestration
   */
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
        this.lock = { section: action.task, targets: action.targets, begunMs: this.timeMs, asked: 1, held: 0 };
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

  /** The row of an open timer or activity. 0 for other tasks, and for answered ones. */
  rowOf(task: number): number {
    const pending = this.pending.get(task);
    return pending !== undefined && 'row' in pending ? pending.row : 0;
  }

  /** Every entity that got a lock request of the section, granted or not. Each of them gets the release. */
  asked(): readonly string[] {
    return this.lock === undefined ? [] : this.lock.targets.slice(0, this.lock.asked);
  }

  /** The rows of open timers and activities, which are deleted when the execution ends. */
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
