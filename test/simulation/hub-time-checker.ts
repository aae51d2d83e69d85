/** Hub time never goes back, and follows no clock that has jumped for less than ten minutes. */
import type { CommitBatch } from '../../src/engines/sql/ports/store.js';

/** The ms by which hub time may advance more than time has passed: a batch is sealed before its commit, and clocks run at different rates. */
const toleratedMs = 61_000;
const lastsMs = 600_000;
const smallMs = 60_000;

export class HubTimeChecker {
  private newestMs = Number.NEGATIVE_INFINITY;
  private last = { incarnation: 0, hubTimeMs: 0, elapsedMs: 0 };
  private jumpedMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly report: (checker: string, problem: string) => void) {}

  /** The clock of the database jumps. After a jump of up to a minute, a difference that was there before still lasts. */
  jumped(elapsedMs: number, ms: number): void {
    if (Math.abs(ms) > smallMs) this.jumpedMs = elapsedMs;
  }

  committed({ incarnation, hubTimeMs }: CommitBatch, elapsedMs: number): void {
    if (hubTimeMs === undefined) return;
    const { last } = this;
    if (hubTimeMs < this.newestMs)
      this.report('hub time', `it went back by ${this.newestMs - hubTimeMs} ms in incarnation ${incarnation}`);
    const ranMs = hubTimeMs - last.hubTimeMs;
    const passedMs = elapsedMs - last.elapsedMs;
    if (last.incarnation === incarnation && elapsedMs - this.jumpedMs < lastsMs && ranMs > passedMs + toleratedMs)
      this.report('hub time', `it went ahead by ${ranMs} ms while ${passedMs} ms passed`);
    this.newestMs = Math.max(this.newestMs, hubTimeMs);
    this.last = { incarnation, hubTimeMs, elapsedMs };
  }
}
