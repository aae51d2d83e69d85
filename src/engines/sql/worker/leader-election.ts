/**
 * Leader election: decides whether this process may become the worker, and which former workers it must retire first.
 *
 * An owner of partitions is dead if its process had the exclusive lock and this process got it, or if its lease is over (`SeenWorkers`). By
 * then the other process, by its own monotonic clock, starts nothing outside any more. These rules only decide when to try: the fence alone
 * decides which worker may write.
 */
import type { Member } from '../ports/store.js';
import type { EnginePorts } from '../options.js';
import type { SeenWorkers } from './seen-workers.js';

export class LeaderElection {
  /** Whether another process had the exclusive lock at the last check. */
  lockRefused = false;

  constructor(
    private readonly ports: Pick<EnginePorts, 'store'>,
    private readonly seen: SeenWorkers,
  ) {}

  /** The workers that this process takes over from before it joins. `undefined` if a worker is alive. */
  async predecessors(): Promise<readonly Member[] | undefined> {
    const { store } = this.ports;
    // Only owners of partitions count. Retention ends the rows of dead clients.
    const found = await store.members();
    const owners = found.members.filter(({ incarnation }) => found.owners.includes(incarnation));
    const expired = new Set(this.seen.expired({ nowMs: found.nowMs, members: owners }));
    const living = owners.filter((owner) => !expired.has(owner));
    if (living.some(({ holds }) => !holds)) {
      // That worker runs without the exclusive lock, which this process may have kept from its own time as the worker. That worker needs
      // the lock.
      await store.releaseExclusiveLock();
      return undefined;
    }
    const hold = await store.acquireExclusiveLock();
    this.lockRefused = hold === 'refused';
    if (living.length > 0 && hold !== 'held') return undefined;
    return owners;
  }
}
