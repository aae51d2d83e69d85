/** Steps with processes that several kinds of fault share. */
import { pick } from '../../fault-kind.js';
import type { Peer } from '../../peer-process.js';
import type { Slot } from '../../processes.js';
import { clientSlots, workerSlots, type ClusterStory } from '../cluster-story.js';

/** A worker that serves, after all processes do. */
export async function anyWorker(story: ClusterStory, random: () => number): Promise<{ slot: Slot; peer: Peer }> {
  const { workers } = await story.whole();
  const slot = pick(random, workerSlots);
  return { slot, peer: workers[workerSlots.indexOf(slot)] as Peer };
}

/** A worker mostly, or a process of clients. */
export async function anyProcess(story: ClusterStory, random: () => number): Promise<{ slot: Slot; peer: Peer }> {
  const { clients } = await story.whole();
  if (random() < 0.75) return anyWorker(story, random);
  const slot = pick(random, clientSlots);
  return { slot, peer: clients[clientSlots.indexOf(slot)] as Peer };
}

export function kindOf(slot: Slot): string {
  return slot.startsWith('c') ? 'a process of clients' : 'a worker';
}
