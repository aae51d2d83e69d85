/**
 * Sends hints to other processes after a commit: to workers that got rows or partitions, to all workers when this one is new, to clients
 * that got answers, and to those that watch an instance that was written. A hint that is lost costs time, never a message: every process also looks by itself.
 */
import type { SealedBatch } from '../commit/sealing.js';
import type { WorkerTerm } from '../live/worker-term.js';
import type { ClientWaits } from '../waiting/client-waits.js';

export function wakeOthers(
  { shared, process, ports }: WorkerTerm,
  { interest }: ClientWaits,
  sealed: SealedBatch,
): void {
  if (!shared) return;
  const { awayPartitions, answered, commit } = sealed;
  const processes = new Set(answered);
  for (const each of interest.in(commit.instances, ports.clock.monotonicMs())) processes.add(each);
  processes.delete(process);
  const members = commit.seq === 1 || commit.gives !== undefined || commit.leave === true;
  if (awayPartitions.size === 0 && processes.size === 0 && !members) return;
  const gained = new Set(commit.gives?.flatMap(([, next]) => (next === 0 ? [] : [next])));
  ports.store.wakeOthers({
    ...(awayPartitions.size > 0 && { partitions: [...awayPartitions] }),
    ...(processes.size > 0 && { processes: [...processes] }),
    ...(members && { members }),
    ...(gained.size > 0 && { gained: [...gained] }),
  });
}
