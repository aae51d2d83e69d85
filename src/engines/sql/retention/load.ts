import type { Clock } from '../../../ports/clock.js';
import type { SealedBatch } from '../commit/sealing.js';
import { retentionStep, type Step } from '../core/retention-pace.js';

/** Whether others are being served, to whom retention gives way. */
export class Load {
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  committed({ accepted, instances, written }: SealedBatch): void {
    if (accepted.length > 0 || instances.length > 0 || written.length > 0) this.lastMs = this.clock.monotonicMs();
  }

  /** What the next step of a pass may be. */
  get step(): Step {
    return retentionStep(this.clock.monotonicMs() - this.lastMs);
  }
}
