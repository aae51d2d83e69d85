/**
 * SIGSTOP of a worker, for less or for more than its lease, and SIGCONT. A worker that wakes up after others took its partitions over must
 * change nothing. Its commit may stand still on the wire meanwhile, before the server or behind it, or inside of the server.
 */
import { between, pick, type FaultKind } from '../../fault-kind.js';
import { pause } from '../../pause.js';
import type { Peer } from '../../peer-process.js';
import type { Slot } from '../../processes.js';
import { lists } from '../../workload.js';
import { clusterLeaseMs, type ClusterStory } from '../cluster-story.js';
import { anyWorker } from './common.js';

type Way =
  | 'anywhere'
  | 'its commit before the server'
  | 'the answer to its commit on the way'
  | 'inside a commit'
  | 'inside a transaction';

const weights: readonly (readonly [Way, number])[] = [
  ['its commit before the server', 0.25],
  ['the answer to its commit on the way', 0.15],
  ['inside a commit', 0.15],
  ['inside a transaction', 0.15],
  ['anywhere', 0.3],
];

export const zombie: FaultKind<ClusterStory> = {
  name: 'zombie',
  weight: 2,
  cyclesPerStory: 8,
  async cycle({ story, random, tally }) {
    const { slot, peer } = await anyWorker(story, random);
    let drawn = random();
    const way = weights.find(([, weight]) => (drawn -= weight) < 0)?.[0] ?? 'anywhere';
    const isLong = random() < 0.8;
    await pause(between(random, 0, 300));
    const stoppedAtMs = performance.now();
    const release = await stopped(story, { slot, peer, way }, random);
    const others = story.present.filter((each) => each !== peer);
    // A commit that stands still inside of the server ends in the end: nobody can take over before that.
    if (way === 'inside a commit') await pause(between(random, 0.2, 1.5) * clusterLeaseMs);
    if (way === 'inside a commit') await release();
    if (isLong) {
      await story.takenOver(peer);
      tally.takeover('the other workers, after a pause', performance.now() - stoppedAtMs);
      await story.goesOn('work goes on while a worker stands still', others);
    } else await pause(between(random, 0.1, 0.7) * clusterLeaseMs);
    await story.checkDead();
    await release();
    await pause(between(random, 0, 300));
    await story.checkDead();
    peer.kill('SIGCONT');
    await story.goesOn('work goes on after a pause');
    await story.checkDead();
    tally.fault(`zombie: ${way}, ${isLong ? 'until after a takeover' : 'for less than the lease'}`);
  },
};

/** Stops the process in this way. Resolves with what lets go of what is held. */
async function stopped(
  story: ClusterStory,
  { slot, peer, way }: { readonly slot: Slot; readonly peer: Peer; readonly way: Way },
  random: () => number,
): Promise<() => Promise<void>> {
  const wire = story.wireOf(slot);
  if (way === 'its commit before the server' || way === 'the answer to its commit on the way') {
    const held = await wire.hold(way === 'its commit before the server' ? 'request' : 'reply');
    peer.kill('SIGSTOP');
    return async () => held.release();
  }
  if (way === 'inside a transaction') {
    // The answer to a commit is lost: the worker begins a new term, and that stands still inside the transaction in which it joins.
    const lost = await wire.hold('reply');
    const joining = wire.hold('join');
    lost.drop();
    const held = await joining;
    peer.kill('SIGSTOP');
    return async () => held.release();
  }
  if (way === 'inside a commit') {
    const unlock = await story.storage.lockRow(`@list@${pick(random, lists)}`);
    // Its commit waits for the row, if the list is in one of its partitions.
    await pause(200);
    peer.kill('SIGSTOP');
    return unlock;
  }
  peer.kill('SIGSTOP');
  return async () => {};
}
