/** Hub time never goes back in a partition, and follows no clock that has jumped for less than ten minutes. */
import type { CommitBatch } from '../../src/engines/sql/ports/store.js';

/** The ms by which hub time may advance more than time has passed: a batch is sealed before its commit, and clocks run at different rates. */
const toleratedMs = 61_000;
const lastsMs = 600_000;
const smallMs = 60_000;

export class HubTimeChecker {
  /** By partition. */
  private readonly newestMs = new Map<number, number>();
  /** By incarnation. */
  private readonly last = new Map<number, { readonly hubTimeMs: number; readonly elapsedMs: number }>();
  private jumpedMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly report: (checker: string, problem: string) => void) {}

  /** The clock of the database jumps. After a jump of up to a minute, a difference that was there before still lasts. */
  jumped(elapsedMs: number, ms: number): void {
    if (Math.abs(ms) > smallMs) this.jumpedMs = elapsedMs;
  }

  /** @param touched the partitions in which the batch changed something */
  committed({ incarnation, hubTimeMs }: CommitBatch, touched: ReadonlySet<number>, elapsedMs: number): void {
    if (hubTimeMs === undefined) return;
    for (const partition of touched) {
      const newestMs = this.newestMs.get(partition) ?? Number.NEGATIVE_INFINITY;
      if (hubTimeMs < newestMs)
        this.report(
          'hub time',
          `it went back by ${newestMs - hubTimeMs} ms in incarnation ${incarnation}, partition ${partition}`,
        );
      this.newestMs.set(partition, Math.max(newestMs, hubTimeMs));
    }
    const last = this.last.get(incarnation) ?? { hubTimeMs, elapsedMs };
    const ranMs = hubTimeMs - last.hubTimeMs;
    const passedMs = elapsedMs - last.elapsedMs;
    if (elapsedMs - this.jumpedMs < lastsMs && ranMs > passedMs + toleratedMs)
      this.report('hub time', `it went ahead by ${ranMs} ms while ${passedMs} ms passed`);
    this.last.set(incarnation, { hubTimeMs, elapsedMs });
  }
}
