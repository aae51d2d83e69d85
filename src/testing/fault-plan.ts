/** What is planned to go wrong in one process, and when. */
import type { CommitBatch } from '../engines/sql/ports/store.js';

/** What becomes of a commit; `lost` and `applied` go without an answer. */
export type CommitFate = 'crash-before' | 'crash-after' | 'lost' | 'applied' | undefined;

interface Repeat {
  readonly kind: 'activity' | 'entity';
  readonly name: string;
  readonly operation: string | undefined;
  /** Its outcome stands in no commit; none passes until it runs again. */
  outcomeLost: boolean;
}

export class FaultPlan {
  /** How many more of the next commits go without an answer, and whether they are applied. */
  readonly unanswered: { applied: boolean }[] = [];
  /** Counts down with each commit that stores something. */
  crash: { left: number; readonly when: 'before' | 'after' } | undefined;
  readonly repeats: Repeat[] = [];
  readonly failures = new Map<string, Error[]>();
  /** Commits so far that stored something, the one under way included. */
  commits = 0;

  commit(batch: CommitBatch): CommitFate {
    if (!storesSomething(batch)) return undefined;
    this.commits++;
    if (this.crash !== undefined && --this.crash.left === 0) return `crash-${this.crash.when}`;
    if (this.repeats.some(({ outcomeLost }) => outcomeLost)) return 'lost';
    const fault = this.unanswered.shift();
    if (fault === undefined) return undefined;
    return fault.applied ? 'applied' : 'lost';
  }

  activityFailure(name: string): Error | undefined {
    return this.failures.get(name)?.shift();
  }

  /** User code begins to run outside. */
  begins(kind: Repeat['kind'], name: string, operation?: string): void {
    const index = this.repeats.findIndex((each) => each.outcomeLost && matches(each, kind, name, operation));
    if (index >= 0) this.repeats.splice(index, 1);
  }

  /** User code has run outside; its outcome is not committed. */
  ended(kind: Repeat['kind'], name: string, operation?: string): void {
    const repeat = this.repeats.find((each) => matches(each, kind, name, operation));
    if (repeat !== undefined) repeat.outcomeLost = true;
  }
}

function matches(repeat: Repeat, kind: Repeat['kind'], name: string, operation: string | undefined): boolean {
  const sameOperation = repeat.operation === undefined || repeat.operation === operation?.toLowerCase();
  return repeat.kind === kind && repeat.name === name && sameOperation;
}

/** An empty batch only renews the lease. */
function storesSomething(batch: CommitBatch): boolean {
  return Object.values(batch).some((value) => Array.isArray(value) && value.length > 0);
}
