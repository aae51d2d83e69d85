/**
 * Leader election: decides whether this process may become the worker, and which former workers it must retire first.
 *
 * An owner of partitions is dead if its process had the exclusive lock and this process got it, or if its row did not move for one lease on
 * the monotonic clock of this process. The time of day may jump, so it decides nothing. By then the other process, by its own monotonic
 * clock, starts nothing outside any more. These rules only decide when to try: the fence alone decides which worker may write.
 */
import type { Member } from '../ports/store.js';
import type { EnginePorts } from '../options.js';

export class LeaderElection {
  /** The owner of partitions that was seen last, its last commit, and the monotonic time since then. */
  private seen = { incarnation: 0, seq: -1, sinceMs: 0 };
  /** Whether another process had the exclusive lock at the last check. */
  lockRefused = false;

  constructor(
    private readonly ports: Pick<EnginePorts, 'store' | 'clock'>,
    private readonly leaseMs: number,
  ) {}

  /** The workers that this process takes over from before it joins. `undefined` if a worker is alive. */
  async predecessors(): Promise<readonly Member[] | undefined> {
    const { store } = this.ports;
    // Only owners of partitions count. Retention ends the rows of dead clients.
    const { members, owners: owning } = await store.members();
    const owners = members.filter(({ incarnation }) => owning.includes(incarnation));
    const living = owners.filter((owner) => !this.isExpired(owner));
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

  private isExpired({ incarnation, seq }: Member): boolean {
    const monotonicMs = this.ports.clock.monotonicMs();
    const { seen } = this;
    if (seen.incarnation !== incarnation || seen.seq !== seq) this.seen = { incarnation, seq, sinceMs: monotonicMs };
    return monotonicMs - this.seen.sinceMs >= this.leaseMs;
  }
}
