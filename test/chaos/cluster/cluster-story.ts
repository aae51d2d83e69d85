/** Three workers on one database of a server, and two processes of connected clients. Each process has a wire of its own. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pause } from '../pause.js';
import type { Peer } from '../peer-process.js';
import { StuckError } from '../stuck-error.js';
import type { Slot, StoryShape } from '../processes.js';
import { StoryOn } from '../story.js';
import { noteTable } from '../transactions.js';
import type { ClusterDatabase } from './database.js';
import { Wire } from './wire.js';

export const workerSlots = ['w0', 'w1', 'w2'] as const;
export const clientSlots = ['c0', 'c1'] as const;
/** A fourth worker, which comes and goes. */
export const guestSlot = 'w3';
export const clusterLeaseMs = 2_500;
/** Workers look at each other once a second, and a machine may be busy. */
export const settledWithinMs = 60_000;

const shape: StoryShape = {
  slots: [...workerSlots, guestSlot, ...clientSlots],
  isWithoutHost: (slot) => slot.startsWith('c'),
  sendersPerSlot: 3,
  leaseMs: clusterLeaseMs,
};

export class ClusterStory extends StoryOn<ClusterDatabase> {
  private readonly wires = new Map<Slot, Wire>();
  /** By incarnation: the `seq` of a worker when it was dead. It must stay. */
  private readonly deadSeqs = new Map<number, number>();
  private hasProblems = false;
  /** Rolling deployments so far: each goes to the other version of the code. */
  deployments = 0;

  private constructor(folder: string, seed: number, database: ClusterDatabase) {
    super(folder, seed, database, shape);
  }

  static async open(folder: string, seed: number, database: ClusterDatabase): Promise<ClusterStory> {
    const story = new ClusterStory(folder, seed, database);
    for (const slot of shape.slots) {
      story.wires.set(slot, await Wire.before(database.url, database.finder()));
      await database.admit(story.applicationOf(slot));
    }
    return story;
  }

  wireOf(slot: Slot): Wire {
    return this.wires.get(slot) as Wire;
  }

  protected override optionOf(slot: Slot) {
    return this.storage.optionFor(this.applicationOf(slot), this.wireOf(slot).url);
  }

  /** The name of the connections of this slot. */
  applicationOf(slot: Slot): string {
    return `${this.storage.name}_${slot}`;
  }

  protected override peerSettings(slot: Slot) {
    return { transactions: true, logPath: join(this.folder, `${slot}.log`) };
  }

  /** The processes that must always be there. Starts who is missing. Resolves when all of them serve. */
  async whole(): Promise<{ readonly workers: readonly Peer[]; readonly clients: readonly Peer[] }> {
    const { workers, clients } = this.required();
    const all = [...workers, ...clients];
    await Promise.all(
      all.map((peer) => peer.until('something is acknowledged', () => peer.acked > 0, settledWithinMs)),
    );
    return { workers, clients };
  }

  /** The processes that must always be there, as they are. Starts who is missing. */
  required(): { readonly workers: readonly Peer[]; readonly clients: readonly Peer[] } {
    return {
      workers: workerSlots.map((slot) => this.running(slot)),
      clients: clientSlots.map((slot) => this.running(slot)),
    };
  }

  /** The running process of this slot. */
  peerIn(slot: Slot): Peer | undefined {
    const peer = this.bySlot.get(slot);
    return peer === undefined || peer.exit !== undefined ? undefined : peer;
  }

  /** The running processes. */
  get present(): readonly Peer[] {
    return shape.slots.map((slot) => this.peerIn(slot)).filter((peer) => peer !== undefined);
  }

  /** Resolves when each of these has been acknowledged something that it sent from now on. */
  async goesOn(what: string, peers: readonly Peer[] = this.present): Promise<void> {
    const sinceMs = Date.now();
    await Promise.all(peers.map((peer) => peer.until(what, () => peer.lastAckedSentAtMs >= sinceMs, settledWithinMs)));
  }

  /** Partitions that the table gives to rows of this process, living or dead. */
  async partitionsOf(peer: Peer): Promise<number> {
    return (await this.storage.value(
      `SELECT count(*) FROM de_partition AS p JOIN de_worker AS w ON w.incarnation = p.owner WHERE w.name = '${hostname()}/${peer.pid}'`,
    )) as number;
  }

  /** Resolves with the time until others own what this process owned. */
  async takenOver(peer: Peer): Promise<number> {
    const beganAtMs = performance.now();
    while ((await this.partitionsOf(peer)) > 0) {
      if (performance.now() - beganAtMs > settledWithinMs) throw new StuckError('nobody takes over its partitions');
      await pause(20);
    }
    return performance.now() - beganAtMs;
  }

  /** @throws Error if a worker that was dead has committed */
  async checkDead(): Promise<void> {
    const rows = await this.storage.query<{ incarnation: number; seq: number }>(
      `SELECT incarnation, seq FROM de_worker WHERE alive <> 1 AND kind = 'worker'`,
    );
    for (const { incarnation, seq } of rows) {
      const before = this.deadSeqs.get(incarnation) ?? seq;
      if (before !== seq) throw new Error(`dead worker ${incarnation} has committed ${seq}`);
      this.deadSeqs.set(incarnation, seq);
    }
  }

  /** Resolves when each partition has one living owner, and each of so many workers has its share. @throws StuckError */
  async balanced(workers: number): Promise<number> {
    const beganAtMs = performance.now();
    for (;;) {
      const shares = await this.shares();
      const total = shares.reduce((sum, share) => sum + share, 0);
      const [least, most] = [Math.min(...shares), Math.max(...shares)];
      if (shares.length === workers && total === (await this.partitionCount()) && most - least <= 1)
        return performance.now() - beganAtMs;
      if (performance.now() - beganAtMs > settledWithinMs)
        throw new StuckError(
          `not within ${settledWithinMs} ms: ${workers} workers share, but they own ${shares.join()}`,
        );
      await pause(50);
    }
  }

  private async shares(): Promise<number[]> {
    const rows = await this.storage.query<{ owned: number }>(
      `SELECT (SELECT count(*) FROM de_partition WHERE owner = incarnation) AS owned FROM de_worker
        WHERE alive = 1 AND kind = 'worker'`,
    );
    return rows.map(({ owned }) => owned);
  }

  private async partitionCount(): Promise<number> {
    return (await this.storage.value('SELECT count(*) FROM de_partition')) as number;
  }

  override async finish(): Promise<string[]> {
    for (const wire of this.wires.values()) wire.mend();
    const { workers } = await this.whole();
    await this.balanced(workers.length + (this.peerIn(guestSlot) === undefined ? 0 : 1));
    const problems = [...(await super.finish()), ...(await this.noteProblems())];
    await this.checkDead();
    this.hasProblems = problems.length > 0;
    return problems;
  }

  /** The last processes: three workers, and the first of them has all clients. */
  protected override async startLast(): Promise<Peer> {
    const [first, ...others] = workerSlots;
    const helpers = others.map((slot) => this.startWith([], { slot }));
    const last = this.startWith(this.allClients, { slot: first });
    for (const [slot, peer] of [...others.map((slot, i) => [slot, helpers[i]] as const), [first, last] as const])
      this.bySlot.set(slot, peer as Peer);
    await Promise.all([last, ...helpers].map((peer) => peer.until('the host starts', () => peer.phase === 'ready')));
    return last;
  }

  protected override async stopLast(): Promise<void> {
    for (const slot of workerSlots) await this.peerIn(slot)?.stop();
  }

  /** Checks that messages of committed transactions have taken effect, and no others. */
  private async noteProblems(): Promise<string[]> {
    const notes = await this.storage.query<{ value: string }>(`SELECT value FROM ${noteTable}`);
    const rows = await this.storage.query<{ state: string }>(
      `SELECT state FROM de_instance WHERE id LIKE '@list@%' AND state IS NOT NULL`,
    );
    const stored = new Set(rows.flatMap(({ state }) => JSON.parse(state) as string[]));
    const noted = new Set(notes.map(({ value }) => value));
    const problems: string[] = [];
    for (const value of noted) if (!stored.has(value)) problems.push(`lost: ${value} was committed by the application`);
    for (const [client, entries] of this.histories())
      for (const { number, act } of entries) {
        const value = `${client}:${number}`;
        if (act.kind === 'append' && act.way === 'within' && stored.has(value) && !noted.has(value))
          problems.push(`never committed by the application, and yet applied: ${value}`);
      }
    return problems;
  }

  override async close(): Promise<void> {
    const hasFailed = this.hasProblems || this.present.length > 0;
    await super.close();
    if (hasFailed) this.storage.keepIn(this.folder);
    for (const wire of this.wires.values()) await wire.close();
    await this.storage.close();
  }
}
