/** A foreign process holds the database: its write lock, or a snapshot. The host waits, and then continues without help. */
import { between, pick, type FaultKind } from '../fault-kind.js';
import { pause } from '../pause.js';
import { leaseMs } from '../processes.js';

export const lock: FaultKind = {
  name: 'lock',
  weight: 1,
  cyclesPerStory: 4,
  async cycle({ story, random, tally }) {
    const peer = await story.serving();
    const held = pick(random, ['IMMEDIATE', 'EXCLUSIVE', 'DEFERRED'] as const);
    const heldMs = between(random, 100, 3 * leaseMs);
    await story.storage.use(async (handle) => {
      await handle.all(`BEGIN ${held}`);
      await handle.all('SELECT count(*) FROM de_inbox');
      await pause(heldMs);
      await handle.all('ROLLBACK');
    });
    const freeAtMs = Date.now();
    await peer.until('work goes on after a foreign lock', () => peer.lastAckedSentAtMs >= freeAtMs);
    tally.fault(held === 'DEFERRED' ? 'lock: a long reader' : 'lock: a foreign writer');
  },
};
