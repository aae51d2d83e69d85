/**
 * Workers as this process has seen them, which tells it whose time is over. A worker is dead if its lease has expired and its row did not
 * move for half a lease, or if its row did not move for a whole lease. It is dead as well if its presence lock is free and its row did not
 * move for a beat and a second. Only the monotonic clock of this process counts the time without a
 * move: the time of day may jump. These rules only decide when to try: the fence alone decides which worker may write.
 */
import type { Clock } from '../../../ports/clock.js';
import { silenceMsMax } from '../core/pace.js';
import type { Member, Membership } from '../ports/store.js';

interface Seen {
  readonly seq: number;
  readonly sinceMs: number;
  /** How long its lease lasted at least when this `seq` was seen first, in milliseconds. */
  readonly leaseMs: number;
}

export class SeenWorkers {
  private seen = new Map<number, Seen>();

  constructor(
    private readonly clock: Clock,
    private readonly leaseMs: number,
  ) {}

  /** The members whose time is over. */
  expired({ members, nowMs }: Pick<Membership, 'members' | 'nowMs'>): readonly Member[] {
    const monotonicMs = this.clock.monotonicMs();
    const seen = new Map<number, Seen>();
    const expired: Member[] = [];
    for (const member of members) {
      const { incarnation, seq, expiresAtMs } = member;
      const before = this.seen.get(incarnation);
      const leaseMs = Math.max(this.leaseMs, expiresAtMs - nowMs);
      const now = before?.seq === seq ? before : { seq, sinceMs: monotonicMs, leaseMs };
      seen.set(incarnation, now);
      const unmovedMs = monotonicMs - now.sinceMs;
      if (unmovedMs >= now.leaseMs || (expiresAtMs <= nowMs && unmovedMs >= this.leaseMs / 2)) expired.push(member);
    }
    // Rows of workers that are gone are forgotten.
    this.seen = seen;
    return expired;
  }

  /** Those of these members, seen by the last `expired`, whose time is over if their presence locks are free. */
  silent(members: readonly Member[]): readonly Member[] {
    return members.filter((member) => member.holds && this.silentInMs(member) <= 0);
  }

  /**
   * Those of these members, seen by the last `expired`, that show no life: they have committed nothing since they joined, or nothing for
   * longer than a living worker would. Such a worker is not dead yet, but it gets no partitions.
   */
  lifeless(members: readonly Member[]): ReadonlySet<number> {
    const found = members.filter((member) => member.seq === 0 || this.silentInMs(member) <= 0);
    return new Set(found.map(({ incarnation }) => incarnation));
  }

  /** The milliseconds until one of these members would be silent for too long. `Infinity` if none of them shall hold a presence lock. */
  nextSilentInMs(members: readonly Member[]): number {
    const times = members.map((member) => (member.holds ? this.silentInMs(member) : Number.POSITIVE_INFINITY));
    return times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  }

  private silentInMs({ incarnation }: Member): number {
    const seen = this.seen.get(incarnation);
    if (seen === undefined) return Number.POSITIVE_INFINITY;
    return seen.sinceMs + silenceMsMax(seen.leaseMs) - this.clock.monotonicMs();
  }
}
