/** One look at the workers of the task hub: ends those whose time is over, and learns the names of the others. */
import type { EnginePorts } from '../options.js';
import type { Member, Membership } from '../ports/store.js';
import type { SeenWorkers } from './seen-workers.js';

export interface HubView {
  /** The living workers, by incarnation. */
  readonly members: readonly Member[];
  /** By partition: the living owner, or 0. */
  readonly owners: readonly number[];
  /** Living workers that show no life. */
  readonly lifeless: ReadonlySet<number>;
}

/**
 * @param own the worker of this process, which is never ended here
 * @param found the members, if the caller has read them
 */
export async function look(
  { store, directory, logger }: Pick<EnginePorts, 'store' | 'directory' | 'logger'>,
  seen: SeenWorkers,
  own: number,
  found?: Membership,
): Promise<HubView> {
  const membership = found ?? (await store.members());
  const dead = new Set<number>();
  const takeOver = async ({ incarnation, seq, name }: Member, why: string) => {
    if (!(await store.takeOver(incarnation, seq))) return;
    dead.add(incarnation);
    logger.warn({ worker: name, incarnation }, `A worker ${why}. Others take its partitions.`);
  };
  const others = membership.members.filter(({ incarnation }) => incarnation !== own);
  for (const member of seen.expired(membership))
    if (member.incarnation !== own) await takeOver(member, 'has not committed for too long');
  const silent = seen.silent(others).filter(({ incarnation }) => !dead.has(incarnation));
  if (silent.length > 0) {
    const absent = await store.absent(silent.map(({ incarnation }) => incarnation));
    for (const member of silent) if (absent.includes(member.incarnation)) await takeOver(member, 'is gone');
  }
  const members = membership.members.filter(({ incarnation }) => !dead.has(incarnation));
  for (const { names } of members) directory.learn(names);
  const living = new Set(members.map(({ incarnation }) => incarnation));
  const owners = membership.owners.map((owner) => (living.has(owner) ? owner : 0));
  return { members, owners, lifeless: seen.lifeless(members) };
}
