/** One database from its first process to its last, and what its clients did on it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { contentProblems, rowProblems, setAsideSoFar } from './inspection.js';
import { readHistory } from './history.js';
import { Peer } from './peer-process.js';
import type { PeerOptions } from './peer-protocol.js';
import { calmWithinMs, ChaosStorage } from './storage.js';

export const leaseMs = 1_000;
/** On a busy machine a process may stand still for long without being told to. */
export const stallLimitMs = 15_000;
const senderCount = 6;
const slots = ['a', 'b', 'x'] as const;
/** A place for one process at a time, with clients of its own. In x there are clients only. */
export type Slot = (typeof slots)[number];

export interface StartOptions {
  /** Default: a. */
  readonly slot?: Slot;
  /** A command in front of node's. */
  readonly wrapper?: readonly string[];
  /** The event loop may stand still for so long. */
  readonly stallLimitMs?: number;
}

export class Story {
  readonly peers: Peer[] = [];
  private readonly bySlot = new Map<Slot, Peer>();
  private hasKilled = false;

  constructor(
    /** Where the histories of its clients are kept. */
    readonly folder: string,
    private readonly seed: number,
    readonly storage = new ChaosStorage(folder),
  ) {}

  /** A host (not in x), and clients in the same process: those that the process before it in this slot had. */
  start(given: StartOptions = {}): Peer {
    const { slot = 'a' } = given;
    const peer = this.startWith(clientsOf(slot), given);
    this.bySlot.set(slot, peer);
    return peer;
  }

  private startWith(clients: readonly string[], given: StartOptions): Peer {
    const options: PeerOptions = {
      serves: given.slot !== 'x',
      storage: this.storage.option,
      leaseMs,
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

  /** The process that serves, or a new one, when it has begun to acknowledge. */
  async serving(options?: StartOptions): Promise<Peer> {
    const peer = this.running('a', options);
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

  /** The last process: nobody harms it, and it brings everything to its end. Resolves with what is wrong then. */
  async finish(): Promise<string[]> {
    for (const peer of this.peers) if (peer.exit === undefined) await peer.stop();
    const letters = await setAsideSoFar(this.storage);
    const peer = this.startWith(slots.flatMap(clientsOf), {});
    await peer.until('the host starts', () => peer.phase === 'ready');
    peer.command({ do: 'drain' });
    await peer.until('everything comes to its end', () => peer.phase === 'drained', calmWithinMs);
    await this.storage.untilValue('no message waits', 'SELECT count(*) FROM de_inbox', 0);
    await peer.stop();
    const surprises = this.peers.flatMap((each) => each.surprises);
    return [
      ...surprises,
      ...(await rowProblems(this.storage)),
      ...(await contentProblems(this.storage, this.histories(), letters, this.bySlot.size > 1)),
    ];
  }

  histories() {
    const known = [...slots.flatMap(clientsOf), 'touch'].filter((name) => existsSync(this.historyOf(name)));
    return new Map(known.map((name) => [name, readHistory(this.historyOf(name)).entries]));
  }

  private historyOf(client: string): string {
    return join(this.folder, `${client}.jsonl`);
  }
}

function clientsOf(slot: Slot): string[] {
  return Array.from({ length: senderCount }, (_, i) => `${slot}${i}`);
}
