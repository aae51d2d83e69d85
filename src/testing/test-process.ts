const direct: ReadonlySet<string> = new Set([
  'close',
  'releaseExclusiveLock',
  'listen',
  'wakeOthers',
] satisfies (keyof Store)[]);

/** One process of a test: all that is gone when it dies. */
import { UnknownOutcomeError } from '../errors/index.js';
import type { CommitBatch, Store } from '../engines/sql/ports/store.js';
import { ClientWaits } from './client-waits.js';
import { Conductor } from './conductor.js';
import { TestHostCrashedError } from './errors.js';
import { FaultPlan } from './fault-plan.js';
import { OutsideWork } from './outside-work.js';
import { TestClock } from './test-clock.js';
import { ioTurn, type VirtualTime } from './virtual-clock.js';

export class TestProcess {
  readonly clock: TestClock;
  readonly work = new OutsideWork();
  readonly plan = new FaultPlan();
  readonly conductor: Conductor;
  readonly waits: ClientWaits;
  /** Dead; how is what those hear who wait. */
  crashed = false;
  /** The operating system takes the hold of the database from a process that is dead. */
  private releaseExclusiveLock: () => void = () => {};

  constructor(
    private readonly time: VirtualTime,
    limitMs: number,
    waiting: () => readonly string[],
  ) {
    this.clock = new TestClock(time);
    this.conductor = new Conductor(time, this.work, limitMs, waiting);
    this.waits = new ClientWaits(this.conductor, this.work, limitMs);
  }

  /** kill -9: no timer, no answer reaches it any more; who waits for it is told. */
  die(cause: string): void {
    if (this.crashed) return;
    this.crashed = true;
    this.clock.alive = false;
    this.releaseExclusiveLock();
    this.waits.failAll(() => new TestHostCrashedError(cause));
  }

  /** This process's way to the database. */
  storeOn(database: Store): Store {
    this.releaseExclusiveLock = () => void database.releaseExclusiveLock();
    const access = (method: string, args: unknown[], execute: () => Promise<unknown>) =>
      method === 'commit' ? this.commit(args[0] as CommitBatch, execute) : this.request(execute);
    return new Proxy(database, {
      get(store, method: string) {
        const member: unknown = store[method as keyof Store];
        if (typeof member !== 'function') return member;
        // Nobody waits for what happens at the end of a process that is dead already.
        if (direct.has(method)) return member.bind(store) as unknown;
        return (...args: unknown[]) =>
          access(method, args, () => Reflect.apply(member, store, args) as Promise<unknown>);
      },
    });
  }

  /** A request is executed a turn later, so that a process can die before it. Nobody hears an answer when the process is dead. */
  private async request(execute: () => Promise<unknown>): Promise<unknown> {
    if (this.crashed) return never();
    this.time.activity++;
    this.time.pendingIo++;
    let answer: unknown;
    try {
      await ioTurn();
      if (!this.crashed) answer = await execute();
    } finally {
      this.time.pendingIo--;
      this.time.activity++;
    }
    return this.crashed ? never() : answer;
  }

  private commit(batch: CommitBatch, execute: () => Promise<unknown>): Promise<unknown> {
    if (this.crashed) return never();
    const fate = this.plan.commit(batch);
    const { commits } = this.plan;
    return this.request(async () => {
      if (fate === 'crash-before') return this.die(`before commit ${commits}`);
      if (fate === 'lost') throw new UnknownOutcomeError('the database did not answer, and stored nothing (a fault)');
      const answer = await execute();
      if (fate === 'crash-after') this.die(`after commit ${commits}`);
      if (fate === 'applied') throw new UnknownOutcomeError('the database stored it and did not answer (a fault)');
      return answer;
    });
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
