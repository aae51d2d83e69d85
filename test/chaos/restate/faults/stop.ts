/** SIGSTOP of a node or of a worker, for a moment or for long, and SIGCONT. Clients and nodes give it up when it is silent for long. */
import { between, pick, type FaultKind } from '../../fault-kind.js';
import { pause } from '../../pause.js';
import type { RestateStory } from '../restate-story.js';
import { busiestWorker } from './worker.js';

export const stop: FaultKind<RestateStory> = {
  name: 'stop',
  weight: 3,
  cyclesPerStory: 10,
  async cycle({ story, random, tally }) {
    await story.whole();
    await pause(between(random, 0, 400));
    const isNode = random() < 0.6;
    const { nodes } = story.cluster;
    const victim = isNode ? pick(random, nodes) : busiestWorker(story);
    const set = (signal: 'SIGSTOP' | 'SIGCONT') => ('signal' in victim ? victim.signal(signal) : victim.kill(signal));
    const isLong = random() < 0.5 && !(isNode && nodes.length === 1);
    const others = story.present.filter((peer) => peer !== victim);
    const stoppedAtMs = performance.now();
    set('SIGSTOP');
    try {
      if (isLong) {
        await story.goesOn('work goes on while it stands still', others);
        tally.takeover(
          isNode ? 'the other nodes, after a stop' : 'the other worker, after a stop',
          performance.now() - stoppedAtMs,
        );
      } else await pause(between(random, 50, 3_000));
    } finally {
      set('SIGCONT');
    }
    tally.fault(`stop: a ${isNode ? 'node' : 'worker'}, ${isLong ? 'until others go on' : 'for up to 3 s'}`);
    await story.goesOn('work goes on after a stop');
  },
};
