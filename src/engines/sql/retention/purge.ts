/**
 * Purges orchestrations that have ended, many at a time: their rows go in the next batch, without being loaded and without a message for
 * each.
 *
 *   not in memory --reserved--> its row is read without its state --over--> deleted
 *                                                                 --else--> loaded as ever
 *
 * From the reservation on, what comes for one of them waits, so nothing can change between the look and the deletion; the version in the
 * batch is checked all the same.
 */
import { hasEnded, type RuntimeStatus } from '../../../model/runtime-status.js';
import type { Delivery } from '../live/delivery.js';
import type { LiveRun } from '../live/live-instance.js';
import type { WorkerTerm } from '../live/worker-term.js';

/** What decides about a run that has ended. */
export interface EndedRun {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly endedActiveMs: number | null;
}

export interface Purged {
  readonly purged: number;
  /** Those in use, and those of which `isOver` says no. */
  readonly left: readonly string[];
}

export class Purge {
  constructor(
    private readonly term: WorkerTerm,
    private readonly delivery: Delivery,
  ) {}

  /** Resolves when what is purged is in the open batch, and as soon as that is committed if anything is. Ids that nobody has are passed over. */
  async purge(ids: readonly string[], isOver: (run: EndedRun) => boolean): Promise<Purged> {
    const { term } = this;
    const reserved: LiveRun[] = [];
    const left: string[] = [];
    const gone: LiveRun[] = [];
    for (const id of ids) {
      const live = term.live.get(id);
      if (live === undefined) reserved.push(term.live.reserve(id));
      else if (live.kind === 'orchestration' && this.isIdle(live) && isOver(endedOf(live))) gone.push(live);
      else left.push(id);
    }
    for (const run of gone) this.delete(run);
    if (reserved.length > 0) await this.look(reserved, isOver, gone, left);
    if (gone.length > 0 && term.ended === undefined) await this.committed(gone);
    return { purged: gone.length, left };
  }

  private async look(
    reserved: readonly LiveRun[],
    isOver: (run: EndedRun) => boolean,
    gone: LiveRun[],
    left: string[],
  ): Promise<void> {
    const { term } = this;
    const rows = await term.ports.store.loadInstances(
      reserved.map(({ id }) => id),
      false,
    );
    if (term.ended !== undefined) return;
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const run of reserved) {
      const row = byId.get(run.id);
      const status = row?.status ?? '';
      const isEnded = row !== undefined && hasEnded(status as RuntimeStatus);
      if (isEnded && isOver({ id: run.id, status, version: row.version, endedActiveMs: row.endedActiveMs })) {
        run.version = row.version;
        run.createdAtMs = row.createdAtMs;
        this.delete(run);
        gone.push(run);
        this.delivery.loaded(run);
      } else if (row === undefined) this.delivery.loaded(run);
      else {
        left.push(run.id);
        term.live.want(run);
      }
    }
  }

  private delete(run: LiveRun): void {
    run.record = undefined;
    run.events = [];
    run.past = undefined;
    run.end = undefined;
    this.term.batch.historyDeleted.push(run.id);
    this.term.markDirty(run);
  }

  /** They are not kept in memory as ids that nobody has: there may be many. */
  private committed(gone: readonly LiveRun[]): Promise<void> {
    const { term } = this;
    return new Promise((resolve) => {
      term.batch.afterCommit.push(() => {
        for (const run of gone) if (run.record === undefined && this.isIdle(run)) term.live.delete(run.id);
        resolve();
      });
      term.wake();
    });
  }

  /** Nothing of it waits or runs, and what is in memory of it is committed. */
  private isIdle(run: LiveRun): boolean {
    return !run.busy && !run.ready && !run.dirty && !run.fed && run.lastBatch <= this.term.committedSeq;
  }
}

function endedOf({ id, record, version, end }: LiveRun): EndedRun {
  return { id, status: record?.status ?? '', version, endedActiveMs: end?.activeMs ?? null };
}
