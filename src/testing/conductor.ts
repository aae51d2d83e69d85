/** Runs everything that needs no virtual time, and moves virtual time when nothing else can happen. */
import { TestStuckError } from './errors.js';
import type { OutsideWork } from './outside-work.js';
import { instantText } from './instant-text.js';
import { RealLimit, realMs } from './real-time.js';
import { ioTurn, type VirtualTime } from './virtual-clock.js';

/** Number of turns of the event loop without activity after which everything is idle. */
const stillTurns = 4;
/** Number of turns after which a stop moves time, even if there is activity. */
const turnsAtStopMax = 3;
/** Minimum limit of real time for a start and a stop: they must also succeed in a test with a short `timeLimit`. */
const ownLimitMs = 3_000;

const busyHint =
  'Look for endless work without a wait (continueAsNew, signals in a circle). Raise timeLimit if there really is so much to do.';

interface Quiet {
  readonly limit: RealLimit;
  /** Tells whether to end early. */
  readonly enough?: () => boolean;
  /** Do not wait for code that runs outside, nor for instances that keep each other busy. */
  readonly stopping?: boolean;
}

export class Conductor {
  private conducting = 0;
  private conductedMs = realMs();

  constructor(
    private readonly time: VirtualTime,
    private readonly work: OutsideWork,
    private readonly limitMs: number,
    /** Describes the scheduled messages in the database, one line each. */
    private readonly waiting: () => readonly string[],
  ) {}

  /** Real time since this conductor last ran anything, in ms. 0 while it runs something. */
  get restingMs(): number {
    return this.conducting > 0 ? 0 : realMs() - this.conductedMs;
  }

  /** Resolves when nothing more can happen unless time moves. Waits for code that runs outside. */
  idle(): Promise<void> {
    return this.conduct(() => this.quiet({ limit: new RealLimit(this.limitMs) }));
  }

  /** Moves time by `ms` milliseconds. Timers that are due on the way run in order, each with all its consequences. */
  pass(ms: number): Promise<void> {
    return this.conduct(async () => {
      const endMs = this.time.elapsedMs + ms;
      const limit = new RealLimit(this.limitMs);
      do await this.quiet({ limit });
      while (this.time.step(endMs));
      await this.quiet({ limit });
    });
  }

  /** Resolves or rejects as the promise does. Moves time when nothing else can happen, by at most `ms` milliseconds. */
  async until<T>(promise: Promise<T>, ms: number): Promise<T> {
    const settled = await this.settles(promise, ms, { limit: new RealLimit(this.limitMs) });
    if (!settled) throw new TestStuckError(`The promise is not settled after ${ms} ms of virtual time`, this.state());
    return promise;
  }

  /** Resolves when a start has succeeded. Does not move time. */
  async start<T>(starting: Promise<T>): Promise<T> {
    const settled = await this.settles(starting, 0, { limit: new RealLimit(Math.max(this.limitMs, ownLimitMs)) });
    if (!settled) throw new TestStuckError('The test host does not start', this.state());
    return starting;
  }

  /** Resolves when a stop has ended, and moves time for that. `false` if it has not ended within its own limit of real time. */
  async stop(stopping: Promise<void>, ms: number): Promise<boolean> {
    try {
      return await this.settles(stopping, ms, { limit: new RealLimit(ownLimitMs), stopping: true });
    } catch (error) {
      if (error instanceof TestStuckError) return false;
      throw error;
    }
  }

  private settles(promise: Promise<unknown>, ms: number, how: Quiet): Promise<boolean> {
    return this.conduct(async () => {
      let settled = false;
      const enough = () => settled;
      const settle = () => {
        settled = true;
      };
      promise.then(settle, settle);
      const endMs = this.time.elapsedMs + ms;
      do await this.quiet({ ...how, enough });
      while (!settled && this.time.step(endMs));
      await this.quiet({ ...how, enough });
      return settled;
    });
  }

  private async conduct<T>(move: () => Promise<T>): Promise<T> {
    this.conducting++;
    try {
      return await move();
    } finally {
      this.conducting--;
      this.conductedMs = realMs();
    }
  }

  private async quiet({ limit, enough = () => false, stopping = false }: Quiet): Promise<void> {
    for (let still = 0, turns = 0; still < stillTurns && !enough(); turns++) {
      const before = this.time.activity;
      await ioTurn();
      if (stopping && turns > turnsAtStopMax) return;
      still = before === this.time.activity && this.time.pendingIo === 0 ? still + 1 : 0;
      const outside = !stopping && this.work.anyReal;
      if (limit.over) {
        throw outside
          ? this.late(
              limit,
              'code outside has not ended',
              'Replace the slow code by a test double, or raise timeLimit.',
            )
          : this.late(limit, 'there was always more to do', busyHint);
      }
      if (!outside || still < stillTurns) continue;
      still = 0;
      await limit.wait(this.work.nextChange);
    }
  }

  private late({ ms }: RealLimit, why: string, hint: string): TestStuckError {
    return new TestStuckError(`Not done within ${ms} ms of real time (timeLimit): ${why}`, this.state(), hint);
  }

  /** Describes the present work, one line each. */
  state(): string[] {
    return [`virtual time is ${instantText(this.time.wallMs())}`, ...this.waiting(), ...this.work.real];
  }
}
