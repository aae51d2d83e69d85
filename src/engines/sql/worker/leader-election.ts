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
  /** The owner of partitions that was seen last, at which commit, and since when (monotonic). */
  private seen = { incarnation: 0, seq: -1, sinceMs: 0 };
  /** As of the last look: another process has the hold. */
  holdRefused = false;

  constructor(
    private readonly ports: Pick<EnginePorts, 'store' | 'clock'>,
    private readonly leaseMs: number,
  ) {}

  /** The incarnations to be retired before this process joins; `undefined`: a worker is alive. */
  async predecessors(): Promise<readonly number[] | undefined> {
    const { store } = this.ports;
    // Dead clients, however many, are no owners: retention ends their rows.
    const { members: owners } = await store.members();
    const living = owners.filter((owner) => !this.isExpired(owner));
    if (living.some(({ holds }) => !holds)) {
      // It works without the hold, which this process may have had when it was taken over from: that one needs it.
      await store.releaseExclusiveLock();
      return undefined;
    }
    const hold = await store.acquireExclusiveLock();
    this.holdRefused = hold === 'refused';
    if (living.length > 0 && hold !== 'held') return undefined;
    return owners.map(({ incarnation }) => incarnation);
  }

  private isExpired({ incarnation, seq }: Member): boolean {
    const monotonicMs = this.ports.clock.monotonicMs();
    const { seen } = this;
    if (seen.incarnation !== incarnation || seen.seq !== seq) this.seen = { incarnation, seq, sinceMs: monotonicMs };
    return monotonicMs - this.seen.sinceMs >= this.leaseMs;
  }
}
