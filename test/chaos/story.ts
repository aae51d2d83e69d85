/** One database from its first process to its last, and what its clients did on it. */
import { contentProblems, rowProblems, setAsideSoFar } from './inspection.js';
import type { Peer } from './peer-process.js';
import { leaseMs, Processes, type Slot, type StoryShape } from './processes.js';
import { calmWithinMs, ChaosStorage, type StoryStorage } from './storage.js';

const pair: StoryShape = { slots: ['a', 'b', 'x'], isWithoutHost: (slot) => slot === 'x', sendersPerSlot: 6, leaseMs };

/** A story on any database. */
export abstract class StoryOn<Storage extends StoryStorage> extends Processes {
  constructor(
    folder: string,
    seed: number,
    readonly storage: Storage,
    shape: StoryShape,
  ) {
    super(folder, seed, shape);
  }

  protected optionOf(_slot: Slot): StoryStorage['option'] {
    return this.storage.option;
  }

  /** The last process: nobody harms it, and it brings everything to its end. Resolves with what is wrong then. */
  async finish(): Promise<string[]> {
    for (const peer of this.peers) if (peer.exit === undefined) await peer.stop();
    const letters = await setAsideSoFar(this.storage);
    const peer = await this.startLast();
    peer.command({ do: 'drain' });
    await peer.until('everything comes to its end', () => peer.phase === 'drained', calmWithinMs);
    await this.storage.untilValue('no message waits', 'SELECT count(*) FROM de_inbox', 0);
    await this.stopLast(peer);
    const surprises = this.peers.flatMap((each) => each.surprises);
    return [
      ...surprises,
      ...(await rowProblems(this.storage)),
      ...(await contentProblems(this.storage, this.histories(), letters, this.bySlot.size > 1)),
    ];
  }

  /** Resolves when it serves. */
  protected async startLast(): Promise<Peer> {
    const peer = this.startWith(this.allClients, { slot: this.firstSlot });
    await peer.until('the host starts', () => peer.phase === 'ready');
    return peer;
  }

  protected async stopLast(peer: Peer): Promise<void> {
    await peer.stop();
  }
}

/** A story on a SQLite file. */
export class Story extends StoryOn<ChaosStorage> {
  constructor(folder: string, seed: number, storage = new ChaosStorage(folder)) {
    super(folder, seed, storage, pair);
  }
}
