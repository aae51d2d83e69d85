/** SIGKILL of a node under load, or of so many that no quorum is left, and its start. With `both`, of a worker at the same time. */
import { between, pick, type Cycle, type FaultKind } from '../../fault-kind.js';
import { pause } from '../../pause.js';
import type { RestateNode } from '../node.js';
import type { RestateStory } from '../restate-story.js';
import { busiestWorker } from './worker.js';

export const node: FaultKind<RestateStory> = {
  name: 'node',
  weight: 5,
  cyclesPerStory: 20,
  async cycle({ story, random, tally }) {
    await story.whole();
    await pause(between(random, 0, 400));
    const { nodes } = story.cluster;
    const hasQuorum = nodes.length > 1 && random() < 0.85;
    const victims = hasQuorum ? [pick(random, nodes)] : someOf(random, nodes);
    await Promise.all(victims.map((victim) => victim.kill()));
    for (const _ of victims) tally.fault(hasQuorum ? 'kill: a node' : 'kill: a node, without a quorum');
    await recover({ story, random, tally }, hasQuorum);
  },
};

export const both: FaultKind<RestateStory> = {
  name: 'both',
  weight: 2,
  cyclesPerStory: 10,
  async cycle({ story, random, tally }) {
    await story.whole();
    await pause(between(random, 0, 400));
    const { nodes } = story.cluster;
    const victim = busiestWorker(story);
    story.kill(victim);
    await Promise.all([pick(random, nodes).kill(), victim.untilEnded('the process is killed')]);
    tally.fault('kill: a node and a worker');
    await recover({ story, random, tally }, nodes.length > 1);
  },
};

/** Two of three, or the only one. */
function someOf(random: () => number, nodes: readonly RestateNode[]): readonly RestateNode[] {
  const kept = nodes.length === 1 ? undefined : pick(random, nodes);
  return nodes.filter((each) => each !== kept);
}

/** @param hasQuorum whether work must go on before a killed node is back */
async function recover({ story, random, tally }: Cycle<RestateStory>, hasQuorum: boolean): Promise<void> {
  const killedAtMs = performance.now();
  if (hasQuorum && random() < 0.7) {
    await story.goesOn('work goes on without the node');
    tally.takeover('the other nodes', performance.now() - killedAtMs);
  } else await pause(between(random, 0, 1_500));
  const startedAtMs = performance.now();
  await story.cluster.untilWhole();
  await story.goesOn('work goes on with the node');
  if (!hasQuorum) tally.takeover('a node that is back', performance.now() - startedAtMs);
}
