/** Workers come and go as they are meant to: a rolling deployment of two versions of the code, and a fourth worker. */
import { between, type FaultKind } from '../../fault-kind.js';
import { pause } from '../../pause.js';
import { codeVersions } from '../../workload.js';
import { guestSlot, workerSlots, type ClusterStory } from '../cluster-story.js';

/** Each worker stops and starts again with the other version, one after the other. */
export const deploy: FaultKind<ClusterStory> = {
  name: 'deploy',
  weight: 1,
  cyclesPerStory: 5,
  async cycle({ story, random, tally }) {
    await story.whole();
    const code = codeVersions[(story.deployments++ + 1) % 2] as (typeof codeVersions)[number];
    for (const slot of workerSlots) {
      const peer = story.running(slot);
      const stoppedAtMs = performance.now();
      await peer.stop();
      tally.takeover(
        'the other workers, after a stop',
        performance.now() - stoppedAtMs + (await story.takenOver(peer)),
      );
      const next = story.start({ slot, code });
      await next.until('the next version serves', () => next.acked > 0);
      await story.goesOn('work goes on during a deployment');
      await pause(between(random, 0, 3_000));
    }
    await story.balanced(workerSlots.length);
    await story.checkDead();
    tally.fault(`deploy: three workers, to the ${code} code`);
  },
};

/** A fourth worker gets its share, and leaves again, by a stop or by SIGKILL. */
export const join: FaultKind<ClusterStory> = {
  name: 'join',
  weight: 1,
  cyclesPerStory: 5,
  async cycle({ story, random, tally }) {
    await story.whole();
    const guest = story.start({ slot: guestSlot });
    await guest.until('the fourth worker serves', () => guest.acked > 0);
    const isPatient = random() < 0.7;
    if (isPatient) tally.takeover('a fourth worker, its whole share', await story.balanced(workerSlots.length + 1));
    else await pause(between(random, 0, 3_000));
    const isKilled = random() < 0.4;
    if (isKilled) story.kill(guest);
    else await guest.stop();
    await guest.untilEnded('the fourth worker ends');
    await story.balanced(workerSlots.length);
    await story.goesOn('work goes on without the fourth worker');
    await story.checkDead();
    tally.fault(
      `join: ${isPatient ? 'with its share' : 'while it gets its share'}, ${isKilled ? 'killed' : 'stopped'}`,
    );
  },
};
