/**
 * Reports changes of instances and messages in a process that does not run them, by reading their rows: first often, then less often while
 * nothing changes.
 */
import { MessageAbandonedError, OrchestrationNotFoundError, StorageError } from '../../../errors/index.js';
import { type RunRecord } from '../model/run-record.js';
import { hasEnded } from '../../../model/runtime-status.js';
import { readRunRecord } from '../model/stored.js';
import type { Clock } from '../../../ports/clock.js';
import type { Watcher } from '../ports/intake.js';
import type { InstanceRow, Store } from '../ports/store.js';
import { Backoff } from './backoff.js';
import { lookAgain } from './pending-run.js';

/** An instance that a caller follows. */
interface Followed {
  readonly instanceId: string;
  /** The row reported last. `null` if no row has been reported. */
  last: InstanceRow | undefined | null;
  tell(row: InstanceRow | undefined | Error): void;
}

/** Inbox rows that a caller waits for. */
interface Awaited {
  readonly rows: readonly number[];
  tell(error: Error | undefined): void;
}

const perRead = 500;

export class Watching implements Watcher {
  private readonly followed = new Set<Followed>();
  private readonly awaited = new Set<Awaited>();
  private readonly backoff: Backoff;
  private closed: Error | undefined;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    /** Told at each look which instances are followed. */
    private readonly follows: (instances: readonly string[]) => void,
  ) {
    this.backoff = new Backoff(
      clock,
      () => this.look(),
      (error) => this.failAll(error),
    );
  }

  watchRun(instanceId: string, callback: (end: RunRecord | Error) => void): () => void {
    const stop = this.followRun(instanceId, (row) => {
      const end = row instanceof Error ? row : recordOf(row);
      if (!(end instanceof Error) && !hasEnded(end.status)) return;
      stop();
      callback(end);
    });
    return stop;
  }

  followRun(instanceId: string, callback: (row: InstanceRow | Error) => void): () => void {
    let seen = false;
    const stop = this.follow(instanceId, (row) => {
      if (row instanceof Error) return callback(row);
      if (row?.kind === 'orchestration') {
        seen = true;
        return callback(row);
      }
      if (!seen) return this.lookForStart(instanceId, end);
      end(new OrchestrationNotFoundError(instanceId, 'was purged'));
    });
    const end = (error: Error) => {
      if (stop()) callback(error);
    };
    return () => void stop();
  }

  /** Ends the wait if no start message waits in the inbox. Otherwise the instance gets its row soon. */
  private lookForStart(instanceId: string, end: (error: Error) => void): void {
    lookAgain(this.store, instanceId, this.clock.wallMs()).then(
      (row) => (row === undefined ? end(new OrchestrationNotFoundError(instanceId)) : this.backoff.hurry()),
      (error: unknown) => end(error instanceof Error ? error : new StorageError(String(error))),
    );
  }

  followEntity(instanceId: string, callback: (row: InstanceRow | undefined | Error) => void): () => void {
    const stop = this.follow(instanceId, callback);
    return () => void stop();
  }

  /** Returns a function that stops the calls. That function returns whether there was still something to stop. */
  private follow(instanceId: string, callback: (row: InstanceRow | undefined | Error) => void): () => boolean {
    const followed: Followed = { instanceId, last: null, tell: callback };
    return this.add(this.followed, followed);
  }

  whenProcessed(rows: readonly number[], callback: (error: Error | undefined) => void): () => void {
    const stop = this.add(this.awaited, { rows, tell: callback });
    return () => void stop();
  }

  private add<T extends { tell(error: Error): void }>(all: Set<T>, one: T): () => boolean {
    const stop = () => all.delete(one);
    const { closed } = this;
    all.add(one);
    // The caller must have the function that stops before the first callback.
    if (closed === undefined) this.backoff.hurry();
    else void Promise.resolve().then(() => all.delete(one) && one.tell(closed));
    return stop;
  }

  /** Looks at once, because a hint says that something has changed. */
  hurry(): void {
    if (this.followed.size + this.awaited.size > 0) this.backoff.hint();
  }

  /** Ends all waits with this error. */
  stop(error: Error): void {
    this.closed ??= error;
    this.backoff.stop();
    this.failAll(error);
  }

  /** Resolves with whether something has changed, or with `undefined` if nobody waits. */
  private async look(): Promise<boolean | undefined> {
    if (this.followed.size + this.awaited.size === 0) return undefined;
    const changed = await this.lookAtInstances();
    const gone = await this.lookAtRows();
    return changed || gone;
  }

  private async lookAtInstances(): Promise<boolean> {
    const all = [...this.followed];
    const ids = [...new Set(all.map(({ instanceId }) => instanceId))];
    if (ids.length > 0) this.follows(ids);
    const rows = new Map<string, InstanceRow>();
    for (const page of pages(ids)) {
      for (const row of await this.store.loadInstances(page)) rows.set(row.id, row);
    }
    let changed = false;
    for (const each of all) {
      const row = rows.get(each.instanceId);
      if (!this.followed.has(each) || isSame(each.last, row)) continue;
      each.last = row;
      each.tell(row);
      changed = true;
    }
    return changed;
  }

  private async lookAtRows(): Promise<boolean> {
    const all = [...this.awaited];
    const left = new Set<number>();
    for (const page of pages(all.flatMap(({ rows }) => rows))) {
      for (const row of await this.store.rowsInInbox(page)) left.add(row);
    }
    let changed = false;
    for (const each of all) {
      if (each.rows.some((row) => left.has(row))) continue;
      const [letter] = await this.store.loadDeadLetters({ ids: each.rows });
      if (!this.awaited.delete(each)) continue;
      each.tell(
        letter === undefined ? undefined : new MessageAbandonedError(letter.target, letter.attempts, letter.reason),
      );
      changed = true;
    }
    return changed;
  }

  private failAll(error: Error): void {
    const all = [...this.followed, ...this.awaited];
    this.followed.clear();
    this.awaited.clear();
    for (const each of all) each.tell(error);
  }
}

/** Whether both are the same version of the same row. A deleted row that was made again starts at version 1, with another creation time. */
function isSame(a: InstanceRow | undefined | null, b: InstanceRow | undefined): boolean {
  return a !== null && a?.version === b?.version && a?.createdAtMs === b?.createdAtMs;
}

function* pages<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < all.length; i += perRead) yield all.slice(i, i + perRead);
}

/** The error if the record cannot be read. */
function recordOf({ id, state }: InstanceRow): RunRecord | Error {
  try {
    return readRunRecord(id, state);
  } catch (error) {
    return error as Error;
  }
}
