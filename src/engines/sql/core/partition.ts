/** The partition of an instance: the hash of its id, modulo the number of partitions. Stored rows depend on it. */
import { fnv1a } from '../../../core/hash.js';

export function partitionOf(instanceId: string, partitionCount: number): number {
  return fnv1a(instanceId) % partitionCount;
}

/** `base` with the first suffix that puts it into a wanted partition, so that ids made by the engine stay local. */
export function localId(base: string, wanted: (partition: number) => boolean, partitionCount: number): string {
  const prefix = `${base}.`;
  const hash = fnv1a(prefix);
  for (let salt = 0; salt < 100_000; salt++) {
    const suffix = salt.toString(36);
    if (wanted(fnv1a(suffix, hash) % partitionCount)) return prefix + suffix;
  }
  return base;
}
