/**
 * Keeps the partitions of a task hub spread over its workers: looks at the table of workers again and again, takes partitions that are free,
 * and gives some away to workers that have too few.
 *
 * A worker that gains partitions passes a barrier, with turns paused: everything that happened before is committed, the partitions are acquired,
 * and then all new rows are read, to the end. So no effect of a message overtakes the message.
 */
import { givesAtATime, planOf, sharesOf, type BalancePlan } from '../core/balance.js';
import type { Timer } from '../../../ports/clock.js';
import type { Poller } from '../inbox/poller.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { CodeBalance } from './code-balance.js';
import type { Gives } from './gives.js';
import type { Loop } from './loop.js';
import { look, type HubView } from './look.js';
import { Presence } from './presence.js';
import type { SeenWorkers } from './seen-workers.js';

/** The time between two looks is this, give or take a fifth, so that workers do not look at the same moment. */
const tickMs = 1_000;
/** The first look after the start of a term. */
const firstTickMs = 50;
/** A partition stays at least this long, so that workers with different views do not pass it to and fro. */
const staysMs = 5_000;
/** How long a partition may wait for what runs outside. Then it stays, and is tried again after a pause that doubles. */
const leavingMsMax = 2_000;
const busyPauseMs = { min: 30_000, max: 300_000 } as const;

export class Rebalancer {
  private timer: Timer | undefined;
  private leavingTimer: Timer | undefined;
  private looking = false;
  private again = false;
  private stopped = false;
  private inBarrier = false;
  /** Whether a hint has said, since the last barrier began, that partitions were given to this worker. */
  private gave = false;
  /** When another worker would have been silent for too long, from the last look on. */
  private silentInMs = Number.POSITIVE_INFINITY;
  private readonly presence: Presence;
  /** By partition: how many looks in a row have shown it as free. */
  private freeFor = new Map<number, number>();
  /** Partitions in which something ran outside for too long, with the monotonic time of the next try. */
  private readonly busy = new Map<number, { readonly untilMs: number; readonly pauseMs: number }>();

  constructor(
    private readonly term: WorkerTerm,
    private readonly loop: Loop,
    private readonly poller: Poller,
    private readonly gives: Gives,
    private readonly seen: SeenWorkers,
    private readonly code: CodeBalance,
  ) {
    this.presence = new Presence(term);
  }

  begin(): void {
    this.arm(firstTickMs);
  }

  /** Takes the presence lock, before the first look. */
  keepPresence(): void {
    this.presence.keep();
  }

  /** Looks at once: a hint says that the workers have changed. */
  hurry(): void {
    this.again = this.looking;
    if (!this.looking) this.arm(0);
  }

  /** Takes the partitions that another worker gave to this one, before the next look: they stand still meanwhile. */
  given(): void {
    const { term } = this;
    if (this.stopped || term.stopping || term.ended !== undefined) return;
    this.gave = true;
    if (!this.inBarrier) this.pass([]);
  }

  /** Asks for the barrier. */
  private pass(wanted: readonly number[]): void {
    this.inBarrier = true;
    this.loop.interrupt(() => this.gain(wanted));
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
    this.leavingTimer?.cancel();
  }

  private arm(ms: number): void {
    this.timer?.cancel();
    if (this.stopped || this.term.ended !== undefined) return;
    this.timer = this.term.ports.clock.setTimer(ms, () => void this.tick());
  }

  private async tick(): Promise<void> {
    const { term } = this;
    this.looking = true;
    try {
      this.presence.keep();
      const view = await look(term.ports, this.seen, term.incarnation, await this.poller.look());
      this.silentInMs = this.seen.nextSilentInMs(view.members.filter((each) => each.incarnation !== term.incarnation));
      if (term.ended === undefined && !this.stopped && !term.stopping) this.follow(view);
    } catch (error) {
      // Without a look the balance stays as it is. A storage that fails ends the term by itself.
      if (term.ended === undefined) term.ports.logger.warn({ error }, 'The worker cannot look at the other workers.');
    }
    this.looking = false;
    const { again } = this;
    this.again = false;
    this.arm(again ? 0 : this.untilNextLookMs());
  }

  /** A worker that may be gone is looked for as soon as it has been silent for long enough. */
  private untilNextLookMs(): number {
    const untilTickMs = tickMs * (0.8 + ((this.term.incarnation * 37) % 41) / 100);
    return this.silentInMs > 0 ? Math.min(untilTickMs, Math.ceil(this.silentInMs)) : untilTickMs;
  }

  private follow(view: HubView): void {
    const { term } = this;
    this.code.learn(view.members);
    const plan = this.plan(view);
    const given = view.owners.some(
      (owner, partition) =>
        owner === term.incarnation && !term.ownership.owns(partition) && !this.gives.isUnderWay(partition),
    );
    if ((plan.take.length > 0 || given) && !this.inBarrier) this.pass(plan.take);
    else if (!this.inBarrier && this.gives.pending === 0) {
      this.giveForCode(view);
      if (this.gives.pending === 0) this.give(view, plan);
    }
  }

  /** Gives partitions whose messages wait for code of other workers. */
  private giveForCode(view: HubView): void {
    const mayGo = (partition: number) => !this.isBusy(partition);
    for (const [partition, to] of this.code.gives(view, mayGo)) this.gives.mark(partition, to);
    this.limitLeaving();
  }

  private isBusy(partition: number): boolean {
    return (this.busy.get(partition)?.untilMs ?? 0) > this.term.ports.clock.monotonicMs();
  }

  private limitLeaving(): void {
    if (this.gives.pending === 0) return;
    this.leavingTimer?.cancel();
    this.leavingTimer = this.term.ports.clock.setTimer(leavingMsMax, () => this.keepBusy());
  }

  private plan({ members, owners, lifeless }: HubView, leaves = false): BalancePlan {
    const freeFor = new Map<number, number>();
    owners.forEach((owner, partition) => {
      if (owner === 0) freeFor.set(partition, (this.freeFor.get(partition) ?? 0) + 1);
    });
    this.freeFor = freeFor;
    const workers = members.map(({ incarnation }) => incarnation);
    return planOf({ workers, owners, freeFor, lifeless }, this.term.incarnation, leaves);
  }

  /** The barrier. */
  private async gain(wanted: readonly number[]): Promise<void> {
    const { term } = this;
    const { store, clock, logger } = term.ports;
    const { gave } = this;
    this.gave = false;
    await this.poller.hold();
    const acquired = await store.acquire(term.incarnation, { partitions: wanted, suspicious: true });
    const gained = term.ownership.gain(acquired, clock.monotonicMs());
    if (gained.length > 0) {
      term.caution.gained(gained);
      const partitions = gained.map(({ partition }) => partition);
      // Two statements at the same time. No turn runs before both have ended.
      const times = this.adoptTimes();
      await Promise.all([times, this.poller.readBacklog(partitions, () => times)]);
      logger.info({ gained: partitions, owned: term.ownership.size }, 'The worker has taken over partitions.');
    } else this.poller.release();
    this.inBarrier = false;
    if (this.gave) this.given();
    // The look that the hint asked for.
    else if (gave) this.hurry();
  }

  /** Adopts the times that the owner before has stored: hub time never goes back. */
  private async adoptTimes(): Promise<void> {
    const { term } = this;
    const { hubTimeMs, activeMs } = await term.ports.store.readTimes();
    term.hubClock.raise(hubTimeMs);
    term.ids.sawActive(activeMs);
  }

  private give({ members, owners }: HubView, { give }: BalancePlan): void {
    if (give.length === 0) return;
    const { term } = this;
    const shares = sharesOf(
      members.map(({ incarnation }) => incarnation),
      owners.length,
    );
    const own = shares[members.findIndex(({ incarnation }) => incarnation === term.incarnation)] ?? 0;
    const pinned = this.code.pinned();
    const partitions = this.fromIdle().filter((partition) => !this.isBusy(partition) && !pinned.has(partition));
    this.assign(give, partitions.slice(0, givesAtATime(own)));
    this.limitLeaving();
  }

  private assign(give: BalancePlan['give'], partitions: readonly number[]): void {
    const next = give.flatMap(({ to, count }) => Array.from({ length: count }, () => to));
    partitions.forEach((partition, index) => {
      const to = next[index];
      if (to !== undefined) this.gives.mark(partition, to);
    });
  }

  /** The partitions that may go, those first that disturb least: nothing runs outside, and few instances are in memory. */
  private fromIdle(): readonly number[] {
    const { ownership, live, outside, ports } = this.term;
    const instances = new Map<number, number>();
    for (const { partition } of live.values()) instances.set(partition, (instances.get(partition) ?? 0) + 1);
    const nowMs = ports.clock.monotonicMs();
    return [...ownership.values()]
      .filter(({ gainedMs }) => this.term.stopping || nowMs - gainedMs >= staysMs)
      .map(({ partition }) => partition)
      .toSorted(
        (a, b) =>
          outside.runningIn(a) - outside.runningIn(b) || (instances.get(a) ?? 0) - (instances.get(b) ?? 0) || a - b,
      );
  }

  /** Keeps partitions whose outside work takes too long. */
  private keepBusy(): void {
    const nowMs = this.term.ports.clock.monotonicMs();
    for (const partition of this.gives.giveUp()) {
      const before = this.busy.get(partition)?.pauseMs ?? busyPauseMs.min / 2;
      const pauseMs = Math.min(2 * before, busyPauseMs.max);
      this.busy.set(partition, { untilMs: nowMs + pauseMs, pauseMs });
    }
  }

  /** Gives all partitions to the other workers, each as soon as nothing of it runs outside. Never rejects. */
  async leave(): Promise<void> {
    const { term } = this;
    this.stop();
    try {
      const view = await look(term.ports, this.seen, term.incarnation);
      if (term.ended !== undefined) return;
      this.gives.giveUp();
      this.assign(this.plan(view, true).give, this.fromIdle());
    } catch (error) {
      term.ports.logger.warn({ error }, 'The worker frees its partitions, because it cannot look at the others.');
    }
  }
}
