/**
 * Partitions and code: during a rolling deployment, workers have registered different code. A partition whose messages wait for code that this
 * worker lacks goes to a worker that has all of it. A partition whose instances use code that some other worker lacks stays here meanwhile.
 */
import { hasEnded } from '../../../model/runtime-status.js';
import { neededOrchestration, WorkerNames, type NeededCode } from '../core/worker-names.js';
import type { LiveInstance } from '../live/live-instance.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { Activities } from '../outgoing/activities.js';
import type { Member } from '../ports/store.js';
import type { HubView } from './look.js';

export class CodeBalance {
  /** By incarnation: a worker never changes its names. */
  private byWorker = new Map<number, WorkerNames>();
  /** By partition: the monotonic time of the last give for its code. Two workers with half of the code each must not pass it to and fro. */
  private readonly givenMs = new Map<number, number>();

  constructor(
    private readonly term: WorkerTerm,
    private readonly activities: Activities,
  ) {}

  /** Learns what the other living workers have registered. */
  learn(members: readonly Member[]): void {
    const { term } = this;
    const others = members.filter(({ incarnation }) => incarnation !== term.incarnation);
    const known = this.byWorker;
    this.byWorker = new Map(
      others.map(({ incarnation, names }) => [incarnation, known.get(incarnation) ?? new WorkerNames(names)]),
    );
    term.others = [...this.byWorker.values()];
  }

  /** Which partitions to give to which workers now, each at most once in a lease. */
  gives(view: HubView, mayGo: (partition: number) => boolean): readonly (readonly [partition: number, to: number])[] {
    const { term } = this;
    const nowMs = term.ports.clock.monotonicMs();
    const gives: [number, number][] = [];
    for (const partition of term.waitingCode.partitions) {
      const lastMs = this.givenMs.get(partition) ?? Number.NEGATIVE_INFINITY;
      if (!term.ownership.owns(partition) || !mayGo(partition)) continue;
      if (nowMs - lastMs < term.options.leaseMs) continue;
      const to = this.bestOwner(term.waitingCode.in(partition), view);
      if (to === undefined) continue;
      this.givenMs.set(partition, nowMs);
      gives.push([partition, to]);
    }
    return gives;
  }

  /** The worker that has all of this code and owns the fewest partitions. `undefined` if nobody has all of it. */
  private bestOwner(needed: readonly NeededCode[], { owners, lifeless }: HubView): number | undefined {
    const able = [...this.byWorker].flatMap(([worker, names]) =>
      !lifeless.has(worker) && needed.every((each) => names.has(each)) ? worker : [],
    );
    const owned = (worker: number) => owners.filter((owner) => owner === worker).length;
    return able.toSorted((a, b) => owned(a) - owned(b) || a - b)[0];
  }

  /** The partitions that stay here, because another worker lacks code that is in use in them. */
  pinned(): ReadonlySet<number> {
    const { term } = this;
    const pinned = new Set<number>();
    const own = new Set<NeededCode>();
    const isOwn = (needed: NeededCode) => {
      if (own.has(needed)) return true;
      if (term.others.every((names) => names.has(needed))) return false;
      own.add(needed);
      return true;
    };
    const everybodyHasAll = term.ports.userCode.names.every((name) => !isOwn(name));
    if (everybodyHasAll) return pinned;
    for (const instance of term.live.values()) {
      const needed = this.neededBy(instance);
      if (needed !== undefined && isOwn(needed)) pinned.add(instance.partition);
    }
    for (const [partition, name] of this.activities.inUse()) if (isOwn(`activity:${name}`)) pinned.add(partition);
    return pinned;
  }

  /** The code of this instance, if this worker has it and the instance may need it. */
  private neededBy(instance: LiveInstance): NeededCode | undefined {
    if (instance.kind === 'entity') return instance.program === undefined ? undefined : `entity:${instance.name}`;
    const { record } = instance;
    if (record === undefined || hasEnded(record.status)) return undefined;
    const { name, version = 1 } = record;
    const isHere = this.term.ports.userCode.orchestration(name, version) !== undefined;
    return isHere ? neededOrchestration(name, version) : undefined;
  }
}
