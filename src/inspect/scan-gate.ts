/**
 * The gate for reads that scan a table. One of them runs at a time, and after each the gate stays closed for nine times its length. So all who
 * look together take at most a tenth of a processor from the engine.
 */
import { InvalidOperationError } from '../errors/argument-errors.js';
import type { Clock } from '../ports/clock.js';

const restFactor = 9;
const waitingMax = 64;

export class ScanGate {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private openFromMs = 0;

  constructor(private readonly clock: Clock) {}

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
    const restMs = this.openFromMs - this.clock.monotonicMs();
    if (restMs > 0) await new Promise<void>((resolve) => this.clock.setTimer(Math.ceil(restMs), resolve));
    const startedMs = this.clock.monotonicMs();
    try {
      return await read();
    } finally {
      const endedMs = this.clock.monotonicMs();
      this.openFromMs = endedMs + restFactor * (endedMs - startedMs);
    }
  }
}
