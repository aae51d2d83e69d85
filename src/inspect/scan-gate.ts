/**
 * The gate for reads that scan a table. One of them runs at a time. Each spends its length from a credit, which grows by a tenth of the time up
 * to 100 ms. So all who look together take at most a tenth of a processor from the engine, and a few short scans after a pause need no rest.
 */
import { InvalidOperationError } from '../errors/argument-errors.js';
import type { Clock } from '../ports/clock.js';

const share = 0.1;
const creditMaxMs = 100;
const waitingMax = 64;

export class ScanGate {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private creditMs = creditMaxMs;
  private creditedMs: number;

  constructor(private readonly clock: Clock) {
    this.creditedMs = clock.monotonicMs();
  }

  /** Runs the read when its turn has come. @throws InvalidOperationError if too many reads wait */
  async run<T>(read: () => Promise<T>): Promise<T> {
    if (this.waiting >= waitingMax)
      throw new InvalidOperationError(
        `${waitingMax} reads that scan a table wait already.`,
        'Ask again later, or narrow the filter, so that an index finds the rows.',
      );
    this.waiting++;
    const turn = this.last.then(() => this.pass(read)).finally(() => this.waiting--);
    this.last = turn.catch(() => {});
    return turn;
  }

  private async pass<T>(read: () => Promise<T>): Promise<T> {
    const restMs = -this.credit() / share;
    if (restMs > 0) await new Promise<void>((resolve) => this.clock.setTimer(Math.ceil(restMs), resolve));
    const startedMs = this.clock.monotonicMs();
    try {
      return await read();
    } finally {
      this.creditMs = this.credit() - (this.clock.monotonicMs() - startedMs);
    }
  }

  /** The present credit. Negative while the gate rests. */
  private credit(): number {
    const nowMs = this.clock.monotonicMs();
    this.creditMs = Math.min(creditMaxMs, this.creditMs + share * (nowMs - this.creditedMs));
    this.creditedMs = nowMs;
    return this.creditMs;
  }
}
