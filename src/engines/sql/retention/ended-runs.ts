import type { WorkerTerm } from '../live/worker-term.js';
import type { StepResult, Subject } from './pass.js';
import type { Purge } from './purge.js';

const endings = ['completed', 'failed', 'terminated'] as const;

/** A very large number of orchestrations is kept for ever, which is rarely intended: the log warns. */
const manyKept = { runs: 100_000, olderThanMs: 30 * 86_400_000, everyMs: 86_400_000 } as const;

export type KeptRuns = Readonly<Record<(typeof endings)[number], number>>;

interface Place {
  /** The index in `endings`. */
  readonly index: number;
  /** The number of orchestrations with this ending that are due for deletion and in use. The next pass handles them. */
  readonly skip: number;
}

/** Orchestrations that ended longer ago than their retention time, the oldest first. */
export class EndedRuns implements Subject<Place> {
  readonly name = 'ended orchestrations';
  readonly scope = 'own';
  readonly keptMs: number;

  /** The active time of the last check for orchestrations that are kept for ever. */
  private lookedMs: Partial<Record<(typeof endings)[number], number>> = {};

  constructor(
    private readonly term: WorkerTerm,
    private readonly purge: Purge,
    /** Retention times in active time, by status. `Infinity` keeps orchestrations for ever. */
    private readonly kept: KeptRuns,
  ) {
    this.keptMs = Math.min(kept.completed, kept.failed, kept.terminated);
  }

  async step({ index, skip }: Place = { index: 0, skip: 0 }, limit: number): Promise<StepResult<Place>> {
    const { term } = this;
    const status = endings[index];
    if (status === undefined) return { next: undefined, seen: 0, deleted: 0 };
    const beforeActiveMs = term.activeMs() - this.kept[status];
    if (this.kept[status] === Number.POSITIVE_INFINITY) await this.warnOfMany(status);
    if (!(beforeActiveMs > 0)) return { next: { index: index + 1, skip: 0 }, seen: 0, deleted: 0 };
    const ids = await term.ports.store.scanEnded(status, { beforeActiveMs, skip, limit });
    const isOver = (run: { status: string; endedActiveMs: number | null }) =>
      run.status === status && run.endedActiveMs !== null && run.endedActiveMs < beforeActiveMs;
    const { purged, left } = term.ended === undefined ? await this.purge.purge(ids, isOver) : { purged: 0, left: [] };
    const next = ids.length < limit ? { index: index + 1, skip: 0 } : { index, skip: skip + left.length };
    return { next, seen: ids.length, deleted: purged };
  }

  private async warnOfMany(status: (typeof endings)[number]): Promise<void> {
    const { term } = this;
    const nowMs = term.activeMs();
    if (nowMs - (this.lookedMs[status] ?? Number.NEGATIVE_INFINITY) < manyKept.everyMs) return;
    this.lookedMs[status] = nowMs;
    const page = { beforeActiveMs: nowMs - manyKept.olderThanMs, skip: manyKept.runs, limit: 1 };
    if (page.beforeActiveMs <= 0 || (await term.ports.store.scanEnded(status, page)).length === 0) return;
    term.ports.logger.warn(
      { status },
      `More than ${manyKept.runs.toLocaleString('en')} ${status} orchestrations ended more than 30 days ago and are kept for ever. Set the option retention: { ${status}: '30 days' }, or purge them.`,
    );
  }
}
