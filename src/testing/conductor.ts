/** Lets everything happen that needs no time, and moves time when nothing else can happen. */
import { TestStuckError } from './errors.js';
import type { OutsideWork } from './outside-work.js';
import { instantText } from './instant-text.js';
import { RealLimit, realMs } from './real-time.js';
import { ioTurn, type VirtualTime } from './virtual-clock.js';

/** Turns of the event loop in which nobody did anything: then nobody will. */
const stillTurns = 4;
/** At a stop time moves after so many turns, whatever goes on. */
const turnsAtStopMax = 3;
/** A start and a stop have a limit of their own: they must succeed also where the test has a short one. */
const ownLimitMs = 3_000;

const busyHint =
  'Look for what goes on for ever without waiting (continueAsNew, signals in a circle); raise timeLimit when there really is so much to do.';

interface Quiet {
  readonly limit: RealLimit;
  /** Ends it early. */
  readonly enough?: () => boolean;
  /** Nobody waits for code that runs outside, nor for instances that keep each other busy. */
  readonly stopping?: boolean;
}

export class Conductor {
  private conducting = 0;
  private conductedMs = realMs();

  constructor(
    private readonly time: VirtualTime,
    private readonly work: OutsideWork,
    private readonly limitMs: number,
    /** What waits in the database for its time, one line each. */
    private readonly waiting: () => readonly string[],
  ) {}

  /** Real time since somebody last let things happen; 0 while somebody does. */
  get restingMs(): number {
    return this.conducting > 0 ? 0 : realMs() - this.conductedMs;
  }

  /** Until nothing can happen without time moving. Waits for code that runs outside. */
  idle(): Promise<void> {
    return this.conduct(() => this.quiet({ limit: new RealLimit(this.limitMs) }));
  }

  /** Moves time by `ms`; what is due on the way happens in order, each with all that follows from it. */
  pass(ms: number): Promise<void> {
    return this.conduct(async () => {
      const endMs = this.time.elapsedMs + ms;
      const limit = new RealLimit(this.limitMs);
      do await this.quiet({ limit });
      while (this.time.step(endMs));
      await this.quiet({ limit });
    });
  }

  /** Until the promise settles; time moves when nothing else can happen, by `ms` at most. */
  async until<T>(promise: Promise<T>, ms: number): Promise<T> {
    const settled = await this.settles(promise, ms, { limit: new RealLimit(this.limitMs) });
    if (!settled) throw new TestStuckError(`The promise is not settled after ${ms} ms of virtual time`, this.state());
    return promise;
  }

  /** Until a start has succeeded, without moving time. */
  async start<T>(starting: Promise<T>): Promise<T> {
    const settled = await this.settles(starting, 0, { limit: new RealLimit(Math.max(this.limitMs, ownLimitMs)) });
    if (!settled) throw new TestStuckError('The test host does not start', this.state());
    return starting;
  }

  /** Until a stop has ended, which moves time. False: it has not, within a limit of its own. */
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
              'Give a stand-in for what takes so long, or raise timeLimit.',
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

  /** What goes on, one line each. */
  state(): string[] {
    return [`virtual time is ${instantText(this.time.wallMs())}`, ...this.waiting(), ...this.work.real];
  }
}
