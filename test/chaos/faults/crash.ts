/** User code that ends its process again and again: the host finds its message and sets it aside, and all other work continues. */
import { between, pick, type FaultKind } from '../fault-kind.js';
import { StuckError } from '../stuck-error.js';
import { harms } from '../workload.js';

/** Three attempts of the message, and the deaths before anybody was cautious. */
const deathsMax = 10;
/** Short, as each endless loop costs it; long enough for a busy machine. */
const stallLimitMs = 3_000;

export const crash: FaultKind = {
  name: 'crash',
  weight: 1,
  cyclesPerStory: 2,
  async cycle({ story, random, tally }) {
    const harm = pick(random, harms);
    const requestId = `harm-${story.peers.length}`;
    const first = await story.serving({ stallLimitMs });
    // Not every harm lets the process say that it took the message.
    first.command({ do: 'harm', harm, requestId });
    await first.untilEnded(`user code ends its process (${harm})`);
    for (let deaths = 1; deaths <= deathsMax; deaths++) {
      const peer = story.start({ stallLimitMs });
      peer.command({ do: 'harm', harm, requestId });
      await peer.until('the host starts', () => peer.phase === 'ready' || peer.exit !== undefined);
      const beganAtMs = Date.now();
      const isWell = () => peer.harmed.has(requestId) && peer.lastAckedSentAtMs > beganAtMs;
      await peer.until('work goes on, or the process ends again', () => isWell() || peer.exit !== undefined);
      const letters = await story.storage.value(`SELECT count(*) FROM de_dead_letter WHERE target = '@bomb@${harm}'`);
      if (peer.exit === undefined && letters === 1) return tally.fault(`crash: ${harm}, after ${deaths} deaths`);
      if (peer.exit === undefined) await peer.untilEnded(`user code ends its process again (${harm})`);
    }
    throw new StuckError(`${harm} ends every process, and is never set aside`);
  },
};

/** The event loop stands still for a while, for less than the watchdog allows. */
export const stall: FaultKind = {
  name: 'stall',
  weight: 1,
  cyclesPerStory: 5,
  async cycle({ story, random, tally }) {
    const peer = await story.serving();
    const requestId = `stall-${story.peers.length}-${peer.harmed.size}`;
    const ms = Math.round(between(random, 100, 1_200));
    const beganAtMs = Date.now();
    peer.command({ do: 'harm', harm: 'stall', requestId, input: ms });
    await peer.until('the stall is over', () => peer.harmed.has(requestId));
    await peer.until('work goes on after a stall', () => peer.lastAckedSentAtMs >= beganAtMs + ms);
    tally.fault('stall of the event loop');
  },
};
