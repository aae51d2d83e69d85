/** Begins worker terms: becomes the worker, reads what the last worker has left, and builds the parts of the term. */
import { packageVersion } from '../../../core/package-version.js';
import { planOf } from '../core/balance.js';
import type { AcquiredPartition, Hub, Joined } from '../ports/store.js';
import { HubClock } from '../live/hub-clock.js';
import { WorkerTerm } from '../live/worker-term.js';
import type { EngineOptions, EnginePorts } from '../options.js';
import { assembleWorker, type WorkerParts } from './assemble.js';
import type { ClientWaits } from '../waiting/client-waits.js';
import { LeaderElection } from './leader-election.js';
import { look } from './look.js';
import { SeenWorkers } from './seen-workers.js';
import type { AttemptsBefore } from './caution.js';
import type { Refusals } from '../core/refusals.js';

export class TermStarter {
  private readonly election: LeaderElection;
  /** Whether this process owns the partitions and is about to read them. Clients wait for that. */
  takingOver = false;
  /** Incarnations that joined and whose term has not begun. */
  private readonly begun = new Set<number>();
  private readonly attemptsBefore: AttemptsBefore = new Map();
  private readonly hubClock: HubClock;
  private readonly seen: SeenWorkers;

  constructor(
    private readonly ports: EnginePorts,
    private readonly options: EngineOptions,
    private readonly hub: Hub,
    private readonly waits: ClientWaits,
    private readonly refusals: Refusals,
  ) {
    this.hubClock = new HubClock(ports.clock, ports.logger);
    this.seen = new SeenWorkers(ports.clock, options.leaseMs);
    this.election = new LeaderElection(ports, this.seen);
  }

  /** Whether another process had the exclusive lock at the last check. */
  get lockRefused(): boolean {
    return this.election.lockRefused;
  }

  /**
   * Begins a term. Resolves with `undefined` if another worker is alive, and this database has one worker.
   * @param suspicious whether the work of the last term may have ended its process
   */
  async begin(suspicious: boolean): Promise<WorkerParts | undefined> {
    // A worker row of a failed beginning would hold its partitions until its lease expires.
    await this.retireBegun();
    return this.hub.shared ? this.beginBesideOthers() : this.beginAlone(suspicious);
  }

  /** Becomes the worker that owns all partitions. */
  private async beginAlone(suspicious: boolean): Promise<WorkerParts | undefined> {
    const { store } = this.ports;
    const predecessors = await this.election.predecessors();
    if (predecessors === undefined) return undefined;
    for (const { incarnation, seq } of predecessors) if (!(await store.takeOver(incarnation, seq))) return undefined;
    const joined = await this.join();
    const partitions = await store.acquire(joined.incarnation, { suspicious: suspicious || predecessors.length > 0 });
    if (partitions.length < this.hub.partitionCount) {
      // Another process was faster. Partitions of a third worker are left to that process.
      await this.retireBegun();
      return undefined;
    }
    return this.beginWith(joined, partitions);
  }

  /** Becomes one of several workers, with its share of the partitions that are free. The others give it the rest of its share. */
  private async beginBesideOthers(): Promise<WorkerParts> {
    const { store } = this.ports;
    const joined = await this.join();
    const { members, owners } = await look(this.ports, this.seen, joined.incarnation);
    const workers = members.map(({ incarnation }) => incarnation);
    const { take } = planOf({ workers, owners, freeFor: new Map() }, joined.incarnation);
    const partitions = await store.acquire(joined.incarnation, { partitions: take, suspicious: true });
    return this.beginWith(joined, partitions, members.length > 1);
  }

  private async join(): Promise<Joined> {
    const { store, userCode } = this.ports;
    const { workerName: name, leaseMs } = this.options;
    const joined = await store.join({ name, leaseMs, names: userCode.names, version: packageVersion });
    this.begun.add(joined.incarnation);
    return joined;
  }

  private async beginWith(
    { incarnation, block, presence }: Joined,
    partitions: readonly AcquiredPartition[],
    besideOthers = false,
  ): Promise<WorkerParts> {
    const { nowMs, hubTimeMs, activeMs } = await this.ports.store.readTimes();
    this.takingOver = true;
    // Messages that clients of this process have sent to the other worker are read with the backlog, before all messages that they send
    // now.
    await this.ports.relay.drain();
    this.hubClock.begin(nowMs, hubTimeMs, besideOthers);
    const term = new WorkerTerm(this.ports, this.options, {
      incarnation,
      hubClock: this.hubClock,
      activeMs,
      block,
      partitions,
      partitionCount: this.hub.partitionCount,
      process: this.waits.calls.process,
      alone: this.hub.alone,
      shared: this.hub.shared,
      presence,
      attemptsBefore: this.attemptsBefore,
      refusals: this.refusals,
    });
    const parts = assembleWorker(term, this.waits, this.seen);
    parts.rebalancer?.keepPresence();
    await parts.poller.readBacklog(term.ownership.partitions, () => parts.loop.keepLease());
    parts.activities.startWaiting();
    this.begun.delete(incarnation);
    return parts;
  }

  async retireBegun(): Promise<void> {
    for (const incarnation of this.begun) {
      await this.ports.store.retire(incarnation, { attempts: [] });
      this.begun.delete(incarnation);
    }
  }
}
