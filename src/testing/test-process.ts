const direct: ReadonlySet<string> = new Set([
  'close',
  'inspect',
  'releaseExclusiveLock',
  'listen',
  'wakeOthers',
] satisfies (keyof Store)[]);

/** One process of a test: everything that is lost when the process dies. */
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
  /** Whether the process is dead. */
  crashed = false;
  /** Releases the exclusive lock of the database, as the operating system does when a process dies. */
  private releaseExclusiveLock: () => void = () => {};
  private readonly atDeath: (() => void)[] = [];

  constructor(
    private readonly time: VirtualTime,
    limitMs: number,
    waiting: () => readonly string[],
  ) {
    this.clock = new TestClock(time);
    this.conductor = new Conductor(time, this.work, limitMs, waiting);
    this.waits = new ClientWaits(this.conductor, this.work, limitMs);
  }

  /** Calls `callback` when the process dies. */
  onDeath(callback: () => void): void {
    if (this.crashed) callback();
    else this.atDeath.push(callback);
  }

  /** Ends the process as `kill -9` does: no timer and no answer reaches it any more, and all waits of its client are rejected. */
  die(cause: string): void {
    if (this.crashed) return;
    this.crashed = true;
    this.clock.alive = false;
    this.releaseExclusiveLock();
    for (const callback of this.atDeath) callback();
    this.waits.failAll(() => new TestHostCrashedError(cause));
  }

  /** Wraps a store, so that its requests end with this process and can have faults. */
  storeOn(database: Store): Store {
    this.releaseExclusiveLock = () => void database.releaseExclusiveLock();
    const access = (method: string, args: unknown[], execute: () => Promise<unknown>) =>
      method === 'commit' ? this.commit(args[0] as CommitBatch, execute) : this.request(execute);
    const pages = <T>(read: AsyncIterable<T>) => this.pages(read);
    return new Proxy(database, {
      get(store, method: string) {
        const member: unknown = store[method as keyof Store];
        if (typeof member !== 'function') return member;
        // These methods also work for a dead process, and need no turn of I/O.
        if (direct.has(method)) return member.bind(store) as unknown;
        if (method === 'readBacklog')
          return (request: Parameters<Store['readBacklog']>[0]) => pages(store.readBacklog(request));
        return (...args: unknown[]) =>
          access(method, args, () => Reflect.apply(member, store, args) as Promise<unknown>);
      },
    });
  }

  /** Reads the pages of a reading, each as a request of its own. */
  private async *pages<T>(read: AsyncIterable<T>): AsyncGenerator<T> {
    const pages = read[Symbol.asyncIterator]();
    for (;;) {
      const page = (await this.request(() => pages.next())) as IteratorResult<T>;
      if (page.done === true) return;
      yield page.value;
    }
  }

  /** Executes a request one turn later, so that the process can die before it. A dead process receives no answer. */
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
      if (fate === 'lost')
        throw new UnknownOutcomeError('the database stored nothing and did not answer (planned fault)');
      const answer = await execute();
      if (fate === 'crash-after') this.die(`after commit ${commits}`);
      if (fate === 'applied')
        throw new UnknownOutcomeError('the database stored the batch and did not answer (planned fault)');
      return answer;
    });
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
