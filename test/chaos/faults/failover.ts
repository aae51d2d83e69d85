/** SIGKILL of one of two hosts. The standby takes over at once; the death of a standby is nobody's loss. */
import { takesOver, duoOf } from '../duo.js';
import { between, type FaultKind } from '../fault-kind.js';
import { pause } from '../pause.js';

export const failover: FaultKind = {
  name: 'failover',
  weight: 3,
  cyclesPerStory: 8,
  async cycle({ story, random, tally }) {
    const { active, standby } = await duoOf(story);
    await pause(between(random, 0, 400));
    if (random() < 0.2) {
      standby.kill();
      await standby.untilEnded('the standby is killed');
      const before = active.acked;
      await active.until('the active host goes on', () => active.acked > before);
      return tally.fault('failover: the standby is killed');
    }
    active.kill();
    const killedAtMs = performance.now();
    await takesOver(standby);
    tally.takeover('a standby, after a kill', performance.now() - killedAtMs);
    tally.fault('failover: the active host is killed');
  },
};
