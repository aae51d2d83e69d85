/** One look at the workers of the task hub: ends those whose time is over, and learns the names of the others. */
import type { EnginePorts } from '../options.js';
import type { Member } from '../ports/store.js';
import type { SeenWorkers } from './seen-workers.js';

export interface HubView {
  /** The living workers, by incarnation. */
  readonly members: readonly Member[];
  /** By partition: the living owner, or 0. */
  readonly owners: readonly number[];
}

/** @param own the worker of this process, which is never ended here */
export async function look(
  { store, directory, logger }: Pick<EnginePorts, 'store' | 'directory' | 'logger'>,
  seen: SeenWorkers,
  own: number,
): Promise<HubView> {
  const found = await store.members();
  const dead = new Set<number>();
  for (const { incarnation, seq, name } of seen.expired(found)) {
    if (incarnation === own || !(await store.takeOver(incarnation, seq))) continue;
    dead.add(incarnation);
    logger.warn({ worker: name, incarnation }, 'A worker has not committed for too long. Others take its partitions.');
  }
  const members = found.members.filter(({ incarnation }) => !dead.has(incarnation));
  for (const { names } of members) directory.learn(names);
  const living = new Set(members.map(({ incarnation }) => incarnation));
  return { members, owners: found.owners.map((owner) => (living.has(owner) ? owner : 0)) };
}
