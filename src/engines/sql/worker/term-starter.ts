/** Begins worker terms: becomes the worker, reads what the last worker has left, and builds the parts of the term. */
import type { Hub } from '../ports/store.js';
import { HubClock } from '../live/hub-clock.js';
import { WorkerTerm } from '../live/worker-term.js';
import type { EngineOptions, EnginePorts } from '../options.js';
import { assembleWorker, type WorkerParts } from './assemble.js';
import type { ClientWaits } from '../waiting/client-waits.js';
import { LeaderElection } from './leader-election.js';
import type { Refusals } from '../core/refusals.js';

export class TermStarter {
  private readonly election: LeaderElection;
  /** Whether this process owns the partitions and is about to read them. Clients wait for that. */
  takingOver = false;
  /** Incarnations that joined and whose term has not begun. */
  private readonly begun = new Set<number>();
  private readonly attemptsBefore = new Map<number, number>();
  private readonly hubClock: HubClock;

  constructor(
    private readonly ports: EnginePorts,
    private readonly options: EngineOptions,
    private readonly hub: Hub,
    private readonly waits: ClientWaits,
    private readonly refusals: Refusals,
  ) {
    this.hubClock = new HubClock(ports.clock, ports.logger);
    this.election = new LeaderElection(ports, options.leaseMs);
  }

  /** Whether another process had the exclusive lock at the last check. */
  get lockRefused(): boolean {
    return this.election.lockRefused;
  }

  /**
   * Begins a term. Resolves with `undefined` if another worker is alive.
   * @param suspicious whether the work of the last term may have ended its process
   */
  async begin(suspicious: boolean): Promise<WorkerParts | undefined> {
    const { store, userCode } = this.ports;
    // A worker row of a failed beginning would hold its partitions until its lease expires.
    await this.retireBegun();
    const predecessors = await this.election.predecessors();
    if (predecessors === undefined) return undefined;
    for (const { incarnation, seq } of predecessors) if (!(await store.takeOver(incarnation, seq))) return undefined;
    const { incarnation, block } = await store.join({
      name: this.options.workerName,
      leaseMs: this.options.leaseMs,
      names: userCode.names,
    });
    this.begun.add(incarnation);
    const partitions = await store.acquire(incarnation, {
      suspicious: suspicious || predecessors.length > 0,
    });
    if (partitions.length < this.hub.partitionCount) {
      // Another process was faster. Partitions of a third worker are left to that process.
      await this.retireBegun();
      return undefined;
    }
    const { nowMs, hubTimeMs, activeMs } = await store.readTimes();
    this.takingOver = true;
    // Messages that clients of this process have sent to the other worker are read with the backlog, before all messages that they send
    // now.
    await this.ports.relay.drain();
    this.hubClock.begin(nowMs, hubTimeMs);
    const term = new WorkerTerm(this.ports, this.options, {
      incarnation,
      hubClock: this.hubClock,
      activeMs,
      block,
      partitions,
      partitionCount: this.hub.partitionCount,
      process: this.waits.calls.process,
      alone: this.hub.alone,
      attemptsBefore: this.attemptsBefore,
      refusals: this.refusals,
    });
    const parts = assembleWorker(term, this.waits);
    await parts.poller.readBacklog(() => parts.loop.keepLease());
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
