/** The disk is full for a while. Nothing is lost, and the host continues without help when there is room again. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { between, type FaultKind } from '../fault-kind.js';
import { pause } from '../pause.js';
import type { Peer } from '../peer-process.js';
import { noSmallDisk, SmallDisk } from '../small-disk.js';
import { ChaosStorage } from '../storage.js';
import { Story } from '../story.js';

/** The log alone takes up to 16. */
const megabytes = 32;
const feltAfterMs = 300;
const feltWithinMs = 5_000;

class DiskStory extends Story {
  constructor(
    folder: string,
    seed: number,
    readonly disk: SmallDisk,
  ) {
    super(folder, seed, new ChaosStorage(disk.folder));
  }

  override async close(): Promise<void> {
    await super.close();
    this.disk.unmount();
    await rm(this.disk.folder, { recursive: true });
  }
}

export const disk: FaultKind = {
  name: 'disk',
  weight: 1,
  cyclesPerStory: 3,
  unavailable: noSmallDisk,
  async open(folder, seed) {
    return new DiskStory(folder, seed, new SmallDisk(join(folder, 'disk'), megabytes));
  },
  async cycle({ story: given, random, tally }) {
    const story = given as DiskStory;
    const peer = await story.serving();
    await pause(between(random, 50, 400));
    story.disk.fill();
    const felt = await isFelt(peer);
    const startsAnew = random() < 0.3;
    if (startsAnew) await killAndStart(story, peer);
    await pause(between(random, 0, 2_000));
    story.disk.makeRoom();
    const roomAtMs = Date.now();
    const server = startsAnew ? await story.serving() : peer;
    await server.until('work goes on when there is room again', () => server.lastAckedSentAtMs >= roomAtMs);
    if (!startsAnew) tally.takeover('the same host, when its disk has room', Date.now() - roomAtMs);
    tally.fault(
      startsAnew
        ? 'disk: full, and a process begins'
        : felt
          ? 'disk: full'
          : 'disk: full, but for the files of the database',
    );
  },
};

/** Its log may have been longer before: then there is room in it. */
async function isFelt(peer: Peer): Promise<boolean> {
  for (const endMs = performance.now() + feltWithinMs; performance.now() < endMs;) {
    const before = peer.acked;
    await pause(feltAfterMs);
    if (peer.acked === before) return true;
  }
  return false;
}

/** A process that finds the disk full reports it, or continues with the free room inside its files. */
async function killAndStart(story: Story, peer: Peer): Promise<void> {
  story.kill(peer);
  await peer.untilEnded('the process is killed');
  const next = story.start();
  await next.until('the host starts, or says why not', () => next.phase === 'ready' || next.exit !== undefined);
  if (next.exit !== undefined && next.failed?.failed !== 'DE_STORAGE')
    throw new Error(`a host on a full disk ended otherwise: ${next.describeEnd()}`);
}
