import { isRequest } from '../model/messages.js';
import type { Clock } from '../../../ports/clock.js';
import type { SealedBatch } from '../commit/sealing.js';
import { retentionStep, type Step } from '../core/retention-pace.js';

/** Whether others are being served, to whom retention gives way. */
export class Load {
  private lastMs = Number.NEGATIVE_INFINITY;
  /** Inbox rows of requests for purging, which are no load. */
  private readonly own = new Set<number>();

  constructor(private readonly clock: Clock) {}

  /** The row of a request that is worked on; 0 if it has none. */
  ignore(row: number): void {
    if (row !== 0) this.own.add(row);
  }

  committed({ accepted, written, commit }: SealedBatch): void {
    const served =
      accepted.some(({ body }) => !isRequest(body)) ||
      written.some(({ body }) => !isRequest(body) && body.kind !== 'expire') ||
      commit.consumed.some((row) => !this.own.has(row));
    if (served) this.lastMs = this.clock.monotonicMs();
    if (this.own.size > 0) for (const row of commit.consumed) this.own.delete(row);
  }

  /** What the next step of a pass may be. */
  get step(): Step {
    return retentionStep(this.clock.monotonicMs() - this.lastMs);
  }
}
