/** Figures of the last commits of a worker, for its status. Older ones are forgotten. */
import type { CommitFigures } from '../status.js';
import type { SealedBatch } from './sealing.js';

const keptMax = 256;

export class CommitStats {
  private readonly durationsMs: number[] = [];
  private readonly messages: number[] = [];
  private next = 0;
  private count = 0;

  note({ commit }: SealedBatch, durationMs: number): void {
    this.durationsMs[this.next] = durationMs;
    this.messages[this.next] = commit.consumed.length + commit.inbox.length;
    this.next = (this.next + 1) % keptMax;
    this.count++;
  }

  get figures(): CommitFigures {
    const durations = this.durationsMs.toSorted((a, b) => a - b);
    const rows = this.messages.reduce((sum, each) => sum + each, 0);
    return {
      count: this.count,
      p50Ms: quantile(durations, 0.5),
      p99Ms: quantile(durations, 0.99),
      meanMessages: this.messages.length === 0 ? 0 : rows / this.messages.length,
    };
  }
}

/** 0 without values. */
function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
