import type { Seeded } from '../../src/testing/seeded.js';
import { VirtualTime } from '../../src/testing/virtual-clock.js';
import { Stuck } from '../engine/world.js';

/** More events, and microtask queues to be emptied between them, than any sound run has. */
const eventsMax = 1_000_000;

/**
 * Time in which everything that is not computing is an event with an instant: timers, requests to the database, their answers.
 * One event, then every microtask that comes of it, then the next event; what is due at the same instant comes in a drawn order.
 */
export class SimulatedTime extends VirtualTime {
  /** The highest that `databaseOffsetMs` ever was. */
  private offsetMaxMs = 0;
  private drains: (() => void)[] = [];
  events = 0;

  constructor(private readonly ties: Seeded) {
    super();
  }

  protected override nextOrder(): number {
    return this.ties.u32();
  }

  /** Here a turn is a millisecond. */
  override turns(count: number): Promise<void> {
    return new Promise((resolve) => void this.setTimer(count, resolve));
  }

  override drain(): Promise<void> {
    return new Promise((resolve) => void this.drains.push(resolve));
  }

  /** The clock of the database jumps. */
  jump(ms: number): void {
    this.databaseOffsetMs += ms;
    this.offsetMaxMs = Math.max(this.offsetMaxMs, this.databaseOffsetMs);
  }

  /** No honest estimate of the database's time is later than this. */
  latestWallMs(): number {
    return this.wallMs() + this.offsetMaxMs - this.databaseOffsetMs;
  }

  /**
   * Lets events happen until there is enough, or `limitMs` have passed. Resolves with whether there was enough.
   * @throws Stuck when it is busy for ever
   */
  run(enough: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.elapsedMs + limitMs;
    return new Promise((resolve, reject) => {
      const turn = () => {
        if (++this.events > eventsMax) return reject(new Stuck('it is busy for ever'));
        if (this.drains.length > 0) {
          const drains = this.drains;
          this.drains = [];
          for (const drained of drains) drained();
        } else if (enough()) return resolve(true);
        else if (!this.step(endMs)) return resolve(enough());
        queueMicrotask(afterMicrotasks);
      };
      // A tick runs when no microtask is left.
      const afterMicrotasks = () => process.nextTick(turn);
      queueMicrotask(afterMicrotasks);
    });
  }
}
