/** The planned faults of one process. */
import type { CommitBatch } from '../engines/sql/ports/store.js';

/** The fault of a commit. `undefined` if it has none. With `lost` and `applied` the database does not answer. */
export type CommitFate = 'crash-before' | 'crash-after' | 'lost' | 'applied' | undefined;

interface Repeat {
  readonly kind: 'activity' | 'entity';
  readonly name: string;
  readonly operation: string | undefined;
  /** Whether its outcome must be lost: all commits fail until the code runs again. */
  outcomeLost: boolean;
}

export class FaultPlan {
  /** One entry for each of the next commits without an answer. `applied` says whether the database stores the batch. */
  readonly unanswered: { applied: boolean }[] = [];
  /** The planned crash. `left` decreases with each commit that stores something. */
  crash: { left: number; readonly when: 'before' | 'after' } | undefined;
  readonly repeats: Repeat[] = [];
  readonly failures = new Map<string, Error[]>();
  /** The number of commits so far that stored something, including the present one. */
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

  /** User code starts to run outside. */
  begins(kind: Repeat['kind'], name: string, operation?: string): void {
    const index = this.repeats.findIndex((each) => each.outcomeLost && matches(each, kind, name, operation));
    if (index >= 0) this.repeats.splice(index, 1);
  }

  /** User code has ended outside. Its outcome is not committed yet. */
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
