/** SIGSTOP of the active host, for less or for more than its lease. A host that wakes up after another one took over must change nothing. */
import { duoOf, takesOver, untilTrue } from '../duo.js';
import { between, type FaultKind } from '../fault-kind.js';
import { pause } from '../pause.js';
import type { Peer } from '../peer-process.js';
import { leaseMs } from '../processes.js';
import type { Story } from '../story.js';

export const zombie: FaultKind = {
  name: 'zombie',
  weight: 2,
  cyclesPerStory: 5,
  async cycle({ story, random, tally }) {
    const { active, standby } = await duoOf(story);
    const isLong = random() < 0.8;
    const moment = await stop(active, story, random);
    const stoppedAtMs = performance.now();
    // A process that stands still inside a commit holds the write lock: nobody can take over before it wakes.
    const isTakenOver = isLong && moment === 'between commits';
    if (isTakenOver) {
      await takesOver(standby);
      tally.takeover('a standby, after a pause', performance.now() - stoppedAtMs);
    }
    await pause(isLong ? between(random, leaseMs, 3 * leaseMs) : between(random, 0.1, 0.9) * leaseMs);
    const dead = await deadWorkers(story);
    active.kill('SIGCONT');
    const wokenAtMs = Date.now();
    const goesOn = () => Math.max(active.lastAckedSentAtMs, standby.lastAckedSentAtMs) >= wokenAtMs;
    await untilTrue('work goes on after a pause', goesOn);
    if (isTakenOver) await untilTrue('the zombie knows that it is none', () => active.role !== standby.role);
    for (const [incarnation, seq] of await deadWorkers(story))
      if ((dead.get(incarnation) ?? seq) !== seq) throw new Error(`dead worker ${incarnation} has committed ${seq}`);
    const length = isTakenOver
      ? 'until after a takeover'
      : isLong
        ? 'for longer than the lease'
        : 'for less than the lease';
    tally.fault(`zombie: stopped ${moment}, ${length}`);
  },
};

/** Most moments are inside a commit: the other ones are looked for. */
async function stop(active: Peer, story: Story, random: () => number): Promise<'between commits' | 'inside a commit'> {
  const mayBeInside = random() < 0.15;
  for (let attempt = 0; ; attempt++) {
    await pause(between(random, 0, 300));
    active.kill('SIGSTOP');
    const moment = (await story.storage.isBeingWritten()) ? 'inside a commit' : 'between commits';
    if (moment === 'between commits' || mayBeInside || attempt === 50) return moment;
    active.kill('SIGCONT');
  }
}

/** Commits of the workers that are dead, by incarnation. */
async function deadWorkers(story: Story): Promise<ReadonlyMap<number, number>> {
  const rows = await story.storage.query<{ incarnation: number; seq: number }>(
    'SELECT incarnation, seq FROM de_worker WHERE alive = 0',
  );
  return new Map(rows.map(({ incarnation, seq }) => [incarnation, seq]));
}
