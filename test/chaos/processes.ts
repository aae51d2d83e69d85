/** The processes of one story, and the files in which their clients remember what they did. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readHistory } from './history.js';
import { Peer } from './peer-process.js';
import type { PeerOptions } from './peer-protocol.js';
import type { CodeVersion } from './workload.js';

export const leaseMs = 1_000;
/** On a busy machine a process may stand still for long without being told to. */
export const stallLimitMs = 15_000;
/** A place for one process at a time, with clients of its own. */
export type Slot = string;

/** The processes of a story. */
export interface StoryShape {
  readonly slots: readonly Slot[];
  /** Whether there are clients only in this slot. */
  isWithoutHost(slot: Slot): boolean;
  readonly sendersPerSlot: number;
  readonly leaseMs: number;
}

export interface StartOptions {
  /** Default: the first one. */
  readonly slot?: Slot;
  /** Default: the newer one. */
  readonly code?: CodeVersion;
  /** A command in front of node's. */
  readonly wrapper?: readonly string[];
  /** The event loop may stand still for so long. */
  readonly stallLimitMs?: number;
}

/** A story on any engine. */
export abstract class Processes {
  readonly peers: Peer[] = [];
  protected readonly bySlot = new Map<Slot, Peer>();
  private hasKilled = false;

  constructor(
    /** Where the histories of its clients are kept. */
    readonly folder: string,
    private readonly seed: number,
    readonly shape: StoryShape,
  ) {}

  /** Where the process in this slot finds its task hub. */
  protected abstract optionOf(slot: Slot): PeerOptions['storage'];

  /** Brings everything to its end, without faults. Resolves with what is wrong then. */
  abstract finish(): Promise<string[]>;

  /** A host (unless there are clients only), and clients in the same process: those that the process before it in this slot had. */
  start(given: StartOptions = {}): Peer {
    const { slot = this.firstSlot } = given;
    const peer = this.startWith(this.clientsOf(slot), { ...given, slot });
    this.bySlot.set(slot, peer);
    return peer;
  }

  protected startWith(clients: readonly string[], given: StartOptions & { readonly slot: Slot }): Peer {
    const options: PeerOptions = {
      serves: !this.shape.isWithoutHost(given.slot),
      storage: this.optionOf(given.slot),
      code: given.code ?? 'newer',
      ...this.peerSettings(given.slot),
      leaseMs: this.shape.leaseMs,
      stallLimitMs: given.stallLimitMs ?? stallLimitMs,
      senders: clients.map((name) => ({ name, historyPath: this.historyOf(name) })),
      toucher: { name: 'touch', historyPath: this.historyOf('touch') },
      seed: this.seed + this.peers.length,
      startedAtMs: Date.now(),
    };
    const peer = new Peer(options, given.wrapper);
    this.peers.push(peer);
    return peer;
  }

  protected peerSettings(_slot: Slot): Pick<PeerOptions, 'transactions' | 'logPath'> {
    return { transactions: false };
  }

  /** The process that serves, or a new one, when it has begun to acknowledge. */
  async serving(options?: StartOptions): Promise<Peer> {
    const peer = this.running(this.firstSlot, options);
    await peer.until('something is acknowledged', () => peer.acked > 0);
    return peer;
  }

  /** The process in this slot, or a new one. */
  running(slot: Slot, options?: StartOptions): Peer {
    const last = this.bySlot.get(slot);
    return last === undefined || last.exit !== undefined ? this.start({ ...options, slot }) : last;
  }

  kill(peer: Peer): void {
    peer.kill();
    this.hasKilled = true;
  }

  /** Tells how long after now this process, which follows one that was killed, has acknowledged something; if it ever does. */
  expectTakeover(peer: Peer, tell: (ms: number) => void): void {
    if (!this.hasKilled) return;
    const beganAtMs = performance.now();
    peer
      .until('something is acknowledged', () => peer.acked > 0)
      .then(
        () => tell(performance.now() - beganAtMs),
        // It was killed before, or the cycle itself says what is wrong.
        () => {},
      );
  }

  /** Ends what is left of it, whatever it does. */
  async close(): Promise<void> {
    for (const peer of this.peers) peer.kill();
    await Promise.all(this.peers.map((peer) => peer.ended));
  }

  histories() {
    const known = [...this.allClients, 'touch'].filter((name) => existsSync(this.historyOf(name)));
    return new Map(known.map((name) => [name, readHistory(this.historyOf(name)).entries]));
  }

  protected get firstSlot(): Slot {
    return this.shape.slots[0] as Slot;
  }

  protected get allClients(): string[] {
    return this.shape.slots.flatMap((slot) => this.clientsOf(slot));
  }

  private clientsOf(slot: Slot): string[] {
    return Array.from({ length: this.shape.sendersPerSlot }, (_, i) => `${slot}${i}`);
  }

  private historyOf(client: string): string {
    return join(this.folder, `${client}.jsonl`);
  }
}
