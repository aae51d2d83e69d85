/** SIGKILL of one of two hosts, or of clients. The standby takes over at once; the death of the others is nobody's loss. */
import { takesOver, duoOf } from '../duo.js';
import { between, type FaultKind } from '../fault-kind.js';
import { pause } from '../pause.js';

export const failover: FaultKind = {
  name: 'failover',
  weight: 3,
  cyclesPerStory: 8,
  async cycle({ story, random, tally }) {
    const { active, standby, clients } = await duoOf(story);
    await pause(between(random, 0, 400));
    const drawn = random();
    if (drawn < 0.3) {
      const [killed, name] = drawn < 0.15 ? [standby, 'the standby'] : [clients, 'a process with clients only'];
      killed.kill();
      await killed.untilEnded(`${name} is killed`);
      const before = active.acked;
      await active.until('the active host goes on', () => active.acked > before);
      return tally.fault(`failover: ${name} is killed`);
    }
    active.kill();
    const killedAtMs = performance.now();
    const killedAt = Date.now();
    await takesOver(standby);
    tally.takeover('a standby, after a kill', performance.now() - killedAtMs);
    await clients.until('connected clients are served by the standby', () => clients.lastAckedSentAtMs >= killedAt);
    tally.fault('failover: the active host is killed');
  },
};
