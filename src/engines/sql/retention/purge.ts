/**
 * Purges orchestrations that have ended, many at a time: the next batch deletes their rows, without loading them and without a message for
 * each.
 *
 *   not in memory --reserved--> its row is read without its state --to be deleted--> deleted
 *                                                                 --otherwise--> loaded as usual
 *
 * Messages for a reserved orchestration wait, so nothing can change between the read and the deletion. The version in the batch is
 * checked nevertheless.
 */
import { hasEnded, type RuntimeStatus } from '../../../model/runtime-status.js';
import type { Delivery } from '../live/delivery.js';
import type { LiveRun } from '../live/live-instance.js';
import type { WorkerTerm } from '../live/worker-term.js';

/** The facts that decide whether an orchestration is purged. */
export interface EndedRun {
  readonly id: string;
  readonly status: string;
  readonly version: number;
  readonly endedActiveMs: number | null;
}

export interface Purged {
  readonly purged: number;
  /** Ids of orchestrations that are in use, and of those that `isOver` does not accept. */
  readonly left: readonly string[];
}

export class Purge {
  constructor(
    private readonly term: WorkerTerm,
    private readonly delivery: Delivery,
  ) {}

  /**
   * Purges the accepted orchestrations with the next commit. Resolves when that is durable, or at once if there is nothing to purge. Ids
   * without an orchestration are skipped.
   */
  async purge(ids: readonly string[], isOver: (run: EndedRun) => boolean): Promise<Purged> {
    const { term } = this;
    const reserved: LiveRun[] = [];
    const left: string[] = [];
    const gone: LiveRun[] = [];
    for (const id of ids) {
      const live = term.live.get(id);
      // Another worker purges its own.
      if (!term.ownership.ownsTarget(id)) {
        left.push(id);
        continue;
      }
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
      // Its partition was given away meanwhile.
      if (run.gone) {
        left.push(run.id);
        continue;
      }
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

  /** Drops purged orchestrations from memory, because there may be many. */
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

  /** Whether no message of the orchestration waits or runs, and its state in memory is committed. */
  private isIdle(run: LiveRun): boolean {
    return !run.busy && !run.ready && !run.dirty && !run.fed && run.lastBatch <= this.term.committedSeq;
  }
}

function endedOf({ id, record, version, end }: LiveRun): EndedRun {
  return { id, status: record?.status ?? '', version, endedActiveMs: end?.activeMs ?? null };
}
