/** The network between one process and the server: it drops a reply, cuts, loses everything without a word, or is slow. */
import { between, type FaultKind } from '../../fault-kind.js';
import { pause } from '../../pause.js';
import { clusterLeaseMs, type ClusterStory } from '../cluster-story.js';
import { anyProcess, kindOf } from './common.js';

/** A commit is applied, and nobody hears of it. */
export const drop: FaultKind<ClusterStory> = {
  name: 'drop',
  weight: 4,
  cyclesPerStory: 25,
  async cycle({ story, random, tally }) {
    const { slot } = await anyProcess(story, random);
    await pause(between(random, 0, 200));
    const isRequest = random() < 0.2;
    const held = await story.wireOf(slot).hold(isRequest ? 'request' : 'reply');
    held.drop();
    await story.goesOn('work goes on after a lost answer');
    await story.checkDead();
    tally.fault(`drop: the ${isRequest ? 'commit' : 'answer to a commit'} of ${kindOf(slot)} is lost`);
  },
};

/** All connections of a process end, at once or for a while. */
export const cut: FaultKind<ClusterStory> = {
  name: 'cut',
  weight: 2,
  cyclesPerStory: 12,
  async cycle({ story, random, tally }) {
    const { slot } = await anyProcess(story, random);
    const wire = story.wireOf(slot);
    await pause(between(random, 0, 300));
    const isOnce = random() < 0.5;
    if (isOnce) wire.cut();
    else {
      wire.unplug();
      await pause(between(random, 0.1, 2) * clusterLeaseMs);
      wire.mend();
    }
    await story.goesOn('work goes on after a cut');
    await story.checkDead();
    tally.fault(`cut: ${kindOf(slot)}, ${isOnce ? 'once' : 'for a while'}`);
  },
};

/** Packets get lost, and nobody is told. */
export const blackhole: FaultKind<ClusterStory> = {
  name: 'blackhole',
  weight: 1,
  cyclesPerStory: 6,
  async cycle({ story, random, tally }) {
    const { slot, peer } = await anyProcess(story, random);
    const wire = story.wireOf(slot);
    await pause(between(random, 0, 300));
    wire.lose();
    const isLong = random() < 0.6;
    if (isLong && !slot.startsWith('c')) {
      const ms = await story.takenOver(peer);
      tally.takeover('the other workers, after packets were lost', ms);
      await story.goesOn(
        'the others go on without it',
        story.present.filter((each) => each !== peer),
      );
    } else await pause(between(random, 0.1, 1.5) * clusterLeaseMs);
    wire.mend();
    await story.goesOn('work goes on after packets were lost');
    await story.checkDead();
    tally.fault(`blackhole: ${kindOf(slot)}`);
  },
};

/** Each packet takes up to 100 ms more. */
export const delay: FaultKind<ClusterStory> = {
  name: 'delay',
  weight: 1,
  cyclesPerStory: 8,
  async cycle({ story, random, tally }) {
    const { slot } = await anyProcess(story, random);
    const most = between(random, 5, 100);
    story.wireOf(slot).delay(() => random() * most);
    await pause(between(random, 0.5, 2) * clusterLeaseMs);
    await story.goesOn('work goes on while packets are late');
    story.wireOf(slot).mend();
    await story.goesOn('work goes on after packets were late');
    await story.checkDead();
    tally.fault(`delay: ${kindOf(slot)}`);
  },
};
