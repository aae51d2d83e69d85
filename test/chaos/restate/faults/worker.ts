/** SIGKILL of a worker at any moment of its life, or of a process of clients. The other worker goes on with its work. */
import { between, type FaultKind } from '../../fault-kind.js';
import { pause } from '../../pause.js';
import type { Peer } from '../../peer-process.js';
import { missed } from '../../tally.js';
import { clientSlot, workerSlots, type RestateStory } from '../restate-story.js';

type Moment = 'opening' | 'working' | 'stopping' | 'client';

const weights: readonly (readonly [Moment, number])[] = [
  ['opening', 0.15],
  ['stopping', 0.15],
  ['client', 0.1],
  ['working', 0.6],
];

export const worker: FaultKind<RestateStory> = {
  name: 'worker',
  weight: 5,
  cyclesPerStory: 20,
  async cycle({ story, random, tally }) {
    let drawn = random();
    const moment = weights.find(([, weight]) => (drawn -= weight) < 0)?.[0] ?? 'working';
    const part = random();
    const victim = await reach(story, moment, part);
    const { phase } = victim;
    story.kill(victim);
    const { signal } = await victim.untilEnded('the process is killed');
    const killed = moment === 'client' ? 'a process of clients' : `a worker, ${moment}`;
    tally.fault(signal === 'SIGKILL' ? `kill: ${killed}` : `kill ${missed}`);
    if (signal !== 'SIGKILL' && phase !== 'stopped' && phase !== 'stopping') {
      throw new Error(`it ended before it was killed: ${victim.describeEnd()}`);
    }
    if (moment === 'working' && random() < 0.5) {
      const killedAtMs = performance.now();
      await story.goesOn('work goes on after a kill');
      tally.takeover('the other worker', performance.now() - killedAtMs);
    }
  },
};

/** The process that is killed, at its moment. */
async function reach(story: RestateStory, moment: Moment, part: number): Promise<Peer> {
  if (moment === 'opening') {
    // The newest process opens, or has just opened.
    const [first, second] = [story.running(workerSlots[0]), story.running(workerSlots[1])];
    await pause(part * 1_200);
    return second.phase === 'ready' ? first : second;
  }
  await story.whole();
  await pause(between(() => part, 0, 400));
  if (moment === 'client') return story.running(clientSlot);
  const peer = busiestWorker(story);
  if (moment === 'working') return peer;
  peer.command({ do: 'stop' });
  await peer.until('it begins to stop', () => peer.phase === 'stopping' || peer.phase === 'stopped');
  await pause(part * 200);
  return peer;
}

/** The worker with most of the connections, so that its death interrupts something. */
export function busiestWorker(story: RestateStory): Peer {
  const [first, second] = workerSlots;
  return story.running(story.connectionsOf(second) > story.connectionsOf(first) ? second : first);
}
