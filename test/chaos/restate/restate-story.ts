/** Two hosts behind one address on a Restate cluster, and a process of connected clients. */
import { join } from 'node:path';
import { storedProblems } from '../inspection.js';
import { pause } from '../pause.js';
import type { Peer } from '../peer-process.js';
import { leaseMs, Processes, type Slot, type StoryShape } from '../processes.js';
import { StuckError } from '../stuck-error.js';
import { Balancer } from './balancer.js';
import type { RestateCluster } from './cluster.js';
import type { RestatePlace } from './place.js';
import { steadyPort } from './ports.js';
import { readStored, runProblems, waitingInvocations } from './restate-inspection.js';

export const workerSlots = ['w0', 'w1'] as const;
export const clientSlot = 'c0';
/** Partitions of Restate find a new leader within seconds, and a machine may be busy. */
const goesOnWithinMs = 90_000;
const calmWithinMs = 90_000;
/** Queries read what was there a moment ago. */
const readsMax = 5;

const shape: StoryShape = {
  slots: [...workerSlots, clientSlot],
  isWithoutHost: (slot) => slot === clientSlot,
  sendersPerSlot: 3,
  leaseMs,
};

export class RestateStory extends Processes {
  private constructor(
    folder: string,
    seed: number,
    readonly cluster: RestateCluster,
    private readonly hub: string,
    private readonly ports: ReadonlyMap<Slot, number>,
    private readonly balancer: Balancer,
  ) {
    super(folder, seed, shape);
  }

  static async open(folder: string, seed: number, cluster: RestateCluster, hub: string): Promise<RestateStory> {
    const ports = new Map<Slot, number>();
    for (const slot of workerSlots) ports.set(slot, await steadyPort());
    const balancer = await Balancer.open([...ports.values()]);
    return new RestateStory(folder, seed, cluster, hub, ports, balancer);
  }

  protected optionOf(slot: Slot): RestatePlace {
    const { cluster, hub, balancer, ports } = this;
    const { ingress, admin } = cluster;
    return { type: 'restate', ingress, admin, hub, port: ports.get(slot) ?? 0, advertise: balancer.url };
  }

  protected override peerSettings(slot: Slot) {
    return { transactions: false, logPath: join(this.folder, `${slot}.log`) };
  }

  /** The number of connections of nodes to the host in this slot. */
  connectionsOf(slot: Slot): number {
    return this.balancer.connectionsOf(this.ports.get(slot) ?? 0);
  }

  /** Starts what is missing. Resolves when all nodes answer, and all processes are served. */
  async whole(): Promise<void> {
    await this.cluster.untilWhole();
    const peers = this.required();
    await Promise.all(
      peers.map((peer) => peer.until('something is acknowledged', () => peer.acked > 0, goesOnWithinMs)),
    );
  }

  /** The processes as they are. Starts the missing ones. */
  required(): readonly Peer[] {
    return shape.slots.map((slot) => this.running(slot));
  }

  get present(): readonly Peer[] {
    return [...this.bySlot.values()].filter((peer) => peer.exit === undefined);
  }

  /** Resolves when each of these has been acknowledged something that it sent from now on. */
  async goesOn(what: string, peers: readonly Peer[] = this.present): Promise<void> {
    const sinceMs = Date.now();
    await Promise.all(peers.map((peer) => peer.until(what, () => peer.lastAckedSentAtMs >= sinceMs, goesOnWithinMs)));
  }

  async finish(): Promise<string[]> {
    await this.whole();
    for (const peer of this.present) await peer.stop();
    const last = this.startWith(this.allClients, { slot: workerSlots[0] });
    const helper = this.startWith([], { slot: workerSlots[1] });
    const hosts = [last, helper];
    await Promise.all(hosts.map((peer) => peer.until('the host starts', () => peer.phase === 'ready', calmWithinMs)));
    last.command({ do: 'drain' });
    await last.until('everything comes to its end', () => last.phase === 'drained', calmWithinMs);
    await this.untilNothingWaits();
    const problems = await this.problems();
    for (const peer of hosts) await peer.stop();
    return [...this.peers.flatMap((each) => each.surprises), ...problems];
  }

  private async untilNothingWaits(): Promise<void> {
    for (const endMs = performance.now() + calmWithinMs; ; await pause(200)) {
      const waiting = await waitingInvocations(this.cluster, this.hub);
      if (waiting.length === 0) return;
      if (performance.now() > endMs) throw new StuckError(`invocations wait: ${waiting.slice(0, 10).join(', ')}`);
    }
  }

  private async problems(): Promise<string[]> {
    for (let read = 1; ; read++) {
      const stored = await readStored(this.cluster, this.hub);
      const found = [
        ...runProblems(stored),
        ...storedProblems(stored, this.histories(), { letters: [], several: true }),
      ];
      if (found.length === 0 || read === readsMax) return found;
      await pause(1_000);
    }
  }

  override async close(): Promise<void> {
    await super.close();
    await this.balancer.close();
  }
}
