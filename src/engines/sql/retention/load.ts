import { isRequest } from '../model/messages.js';
import type { Clock } from '../../../ports/clock.js';
import type { SealedBatch } from '../commit/sealing.js';
import { retentionStep, type Step } from '../core/retention-pace.js';

/** Measures whether the worker serves other work, to which retention gives way. */
export class Load {
  private lastMs = Number.NEGATIVE_INFINITY;
  /** Inbox rows of purge requests, which do not count as load. */
  private readonly own = new Set<number>();
  /** Callbacks for the next commit. */
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly clock: Clock) {}

  /** Notes the row of a purge request in progress. 0 if the request has no row. */
  ignore(row: number): void {
    if (row !== 0) this.own.add(row);
  }

  committed({ accepted, written, commit }: SealedBatch): void {
    const served =
      accepted.some(({ body }) => !isRequest(body)) ||
      written.some(({ body }) => !isRequest(body) && body.kind !== 'expire') ||
      commit.consumed.some((row) => !this.own.has(row));
    if (served) this.lastMs = this.clock.monotonicMs();
    for (const callback of this.waiting.splice(0)) callback();
    if (this.own.size > 0) for (const row of commit.consumed) this.own.delete(row);
  }

  /** Calls back after the next commit, which may be a heartbeat. Unlike callbacks of a batch, this does not cause a commit. */
  afterCommit(callback: () => void): void {
    this.waiting.push(callback);
  }

  /** The size and pause of the next step of a pass. `speed` as in `retentionStep`. */
  step(speed?: number): Step {
    return retentionStep(this.clock.monotonicMs() - this.lastMs, speed);
  }
}
