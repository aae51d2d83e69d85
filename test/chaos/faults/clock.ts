/** The wall clock of the machine jumps: by hours, days or years, both ways, while processes work and between them. */
import { ClockStory, courses, type Course } from '../clock/clock-story.js';
import { pick, type FaultKind } from '../fault-kind.js';
import { noPreload } from '../native/compile.js';
import type { Peer } from '../peer-process.js';
import type { Tally } from '../tally.js';

const hourMs = 3_600_000;
const jumps = [
  ['an hour', hourMs],
  ['25 hours', 25 * hourMs],
  ['40 days', 40 * 24 * hourMs],
  ['a year', 366 * 24 * hourMs],
  ['8 years', 8 * 366 * 24 * hourMs],
] as const;
/** Acknowledged after a jump. */
const ackedMin = 20;

export const clock: FaultKind = {
  name: 'clock',
  weight: 3,
  cyclesPerStory: 6,
  unavailable: noPreload,
  async open(folder, seed) {
    // The seeds of stories are a thousand apart.
    return new ClockStory(folder, seed, courses[Math.floor(seed / 1_000) % courses.length] as Course);
  },
  async cycle({ story: given, random, tally }) {
    const story = given as ClockStory;
    try {
      await jumpOnce(story, random, tally);
    } catch (error) {
      throw new Error(`${(error as Error).message}. The clock: ${story.jumps.join('; ')}`, { cause: error });
    }
  },
};

async function jumpOnce(story: ClockStory, random: () => number, tally: Tally): Promise<void> {
  const isFirst = story.peers.length === 0;
  const isBetween = story.course !== 'corrected' && random() < 0.5;
  const host = isBetween ? undefined : await servedBy(story);
  if (host === undefined) await end(story, random() < 0.5);
  const when = host !== undefined ? 'while it works' : isFirst ? 'before the first start' : 'between two processes';
  const what = jump(story, random);
  story.jumps.push(`${when}, ${what}`);
  if (host === undefined) await servedBy(story);
  await goesOn(story);
  tally.fault(`clock: ${when}`);
  tally.detail(`clock: ${what}`);
}

/** Returns what was done. */
function jump(story: ClockStory, random: () => number): string {
  const [name, ms] = pick(random, jumps);
  const isCorrected = story.aheadMs !== 0 && random() < 0.5;
  const before = story.aheadMs;
  story.setClock(isCorrected ? 0 : random() < 0.5 ? ms : -ms);
  const direction = story.aheadMs > before ? 'forwards' : 'backwards';
  return isCorrected
    ? `${direction}, to the right time`
    : `${direction}, to ${name} ${story.aheadMs > 0 ? 'ahead' : 'behind'}`;
}

/** A host that works, its standby if there is one, with something planted, and clients of another process. */
async function servedBy(story: ClockStory): Promise<Peer> {
  const host = await story.serving();
  if (story.course === 'with a standby') {
    const standby = story.running('b');
    await standby.until('the standby starts', () => standby.phase === 'ready');
  }
  const clients = story.running('x');
  await clients.until('connected clients are served', () => clients.acked > 0);
  if (host.planted.length > 0) return host;
  host.command({ do: 'plant', number: story.peers.length });
  await host.until('something is planted', () => host.planted.length > 0);
  return host;
}

async function end(story: ClockStory, stops: boolean): Promise<void> {
  const running = story.peers.filter(({ exit }) => exit === undefined);
  if (stops) for (const peer of running.toReversed()) await peer.stop();
  for (const peer of running) {
    story.kill(peer);
    await peer.untilEnded('the process is killed');
  }
}

/** Work continues in every process. Acknowledged acts are repeated under the same request ids, and get the same answers. */
async function goesOn(story: ClockStory): Promise<void> {
  for (const peer of story.peers.filter(({ exit }) => exit === undefined)) {
    const { acked, repeated } = peer;
    await peer.until('work goes on after a jump', () => peer.acked >= acked + ackedMin);
    peer.command({ do: 'repeat' });
    await peer.until('acknowledged acts are repeated', () => peer.repeated > repeated);
  }
}
