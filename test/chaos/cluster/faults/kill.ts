/** SIGKILL of a worker at any moment of its life, or of a process of clients. The others take its partitions over when its lease is over. */
import { between, pick, type FaultKind } from '../../fault-kind.js';
import { pause } from '../../pause.js';
import type { Peer } from '../../peer-process.js';
import { missed } from '../../tally.js';
import { clientSlots, settledWithinMs, workerSlots, type ClusterStory } from '../cluster-story.js';

type Moment = 'start-up' | 'opening' | 'working' | 'stopping' | 'client';

const weights: readonly (readonly [Moment, number])[] = [
  ['start-up', 0.08],
  ['opening', 0.17],
  ['stopping', 0.15],
  ['client', 0.1],
  ['working', 0.5],
];

export const kill: FaultKind<ClusterStory> = {
  name: 'kill',
  weight: 10,
  cyclesPerStory: 15,
  async cycle({ story, random, tally }) {
    const moment = draw(random);
    const part = random();
    const { workers, clients } = story.peers.length === 0 ? await story.whole() : story.required();
    const slot = moment === 'client' ? pick(random, clientSlots) : pick(random, workerSlots);
    const peer =
      moment === 'client' ? clients[clientSlots.indexOf(slot as 'c0')] : workers[workerSlots.indexOf(slot as 'w0')];
    const victim = moment === 'start-up' || moment === 'opening' ? newest(workers) : (peer as Peer);
    story.expectTakeover(victim, (ms) => tally.takeover('a new process', ms));
    await reach(moment, part, victim);
    const { phase } = victim;
    story.kill(victim);
    const { signal } = await victim.untilEnded('the process is killed');
    const isKilled = signal === 'SIGKILL';
    if (!isKilled && phase !== 'stopped' && phase !== 'stopping')
      throw new Error(`it ended before it was killed: ${victim.describeEnd()}`);
    tally.fault(
      isKilled
        ? `kill: ${moment === 'client' ? 'a process of clients' : phase === 'ready' ? 'working' : phase}`
        : `kill ${missed}`,
    );
    // Not after each: several kills may come before the first takeover.
    if (isKilled && moment === 'working' && random() < 0.4) {
      tally.takeover('the other workers, after a kill', await story.takenOver(victim));
      await story.goesOn('work goes on after a kill');
    }
    await story.checkDead();
  },
};

function draw(random: () => number): Moment {
  let drawn = random();
  return weights.find(([, weight]) => (drawn -= weight) < 0)?.[0] ?? 'working';
}

function newest(peers: readonly Peer[]): Peer {
  return peers.reduce((a, b) => (a.reachedAtMs.size <= b.reachedAtMs.size ? a : b));
}

async function reach(moment: Moment, part: number, peer: Peer): Promise<void> {
  if (moment === 'start-up') return pause(part * 600);
  if (moment === 'opening') {
    await peer.until('the host opens', () => peer.phase !== 'start-up');
    return pause(part * 500);
  }
  await peer.until('it works', () => peer.acked >= 1 + part * part * 30, settledWithinMs);
  await pause(between(() => part, 0, 50));
  if (moment !== 'stopping') return;
  peer.command({ do: 'stop' });
  await peer.until('it begins to stop', () => peer.phase === 'stopping' || peer.phase === 'stopped');
  return pause(part * 80);
}
