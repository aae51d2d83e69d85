/** SIGKILL, at a moment drawn over the whole life of the process, whatever the speed of the machine. */
import type { Cycle, FaultKind } from '../fault-kind.js';
import { pause } from '../pause.js';
import type { Peer } from '../peer-process.js';
import { missed } from '../tally.js';

type Moment = 'start-up' | 'opening' | 'working' | 'stopping';

const weights: readonly (readonly [Moment, number])[] = [
  ['start-up', 0.12],
  ['opening', 0.18],
  ['working', 0.55],
  ['stopping', 0.15],
];
const ackedMax = 500;

/** How long each part of a life has lasted so far, in ms. */
const lasted = { 'start-up': 300, opening: 300, stopping: 30 };

export const kill: FaultKind = {
  name: 'kill',
  weight: 10,
  // From the third process on a host is cautious, and slow: most of the kills shall hit a busy one.
  cyclesPerStory: 4,
  async cycle({ story, random, tally }: Cycle) {
    const moment = draw(random);
    const part = random();
    const peer = story.start();
    story.expectTakeover(peer, (ms) => tally.takeover('a new process', ms));
    await reach(moment, part, peer);
    const { phase } = peer;
    story.kill(peer);
    const { signal } = await peer.untilEnded('the process is killed');
    learn(peer);
    if (signal === 'SIGKILL') return tally.fault(`kill: ${phase === 'ready' ? 'working' : phase}`);
    if (phase === 'stopped' || phase === 'stopping') return tally.fault(`kill ${missed}`);
    throw new Error(`it ended before it was killed: ${peer.describeEnd()}`);
  },
};

function draw(random: () => number): Moment {
  let drawn = random();
  for (const [moment, weight] of weights) {
    if (drawn < weight) return moment;
    drawn -= weight;
  }
  return 'working';
}

async function reach(moment: Moment, part: number, peer: Peer): Promise<void> {
  if (moment === 'start-up') return pause(part * lasted['start-up']);
  if (moment === 'opening') {
    await peer.until('the host opens', () => peer.phase !== 'start-up');
    return pause(part * lasted.opening);
  }
  await peer.until('the host starts', () => peer.phase === 'ready');
  // Counted, so that a slow machine has work to lose too; and a little later, not always right after an acknowledgement.
  await peer.until('it works', () => peer.acked >= part * part * ackedMax);
  await pause((part * 7_919) % 7);
  if (moment === 'working') return;
  peer.command({ do: 'stop' });
  await peer.until('it begins to stop', () => peer.phase === 'stopping' || peer.phase === 'stopped');
  return pause(part * lasted.stopping);
}

/** Measured on every life, as far as it came. */
function learn({ reachedAtMs }: Peer): void {
  const [opening, ready, stopping, stopped] = (['opening', 'ready', 'stopping', 'stopped'] as const).map((phase) =>
    reachedAtMs.get(phase),
  );
  const move = (part: keyof typeof lasted, ms: number) => (lasted[part] += (ms - lasted[part]) / 4);
  if (opening !== undefined) move('start-up', opening);
  if (opening !== undefined && ready !== undefined) move('opening', ready - opening);
  if (stopping !== undefined && stopped !== undefined) move('stopping', stopped - stopping);
}
