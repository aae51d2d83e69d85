import { localId, partitionOf } from './partition.js';
import { purgeTarget } from '../model/messages.js';

/**
 * The target of a request to purge this orchestration. Where several workers share a task hub, it lies in the same partition as the
 * orchestration.
 */
export function purgeTargetOf(
  instanceId: string,
  { shared, partitionCount }: { readonly shared: boolean; readonly partitionCount: number },
): string {
  if (!shared) return purgeTarget;
  const wanted = partitionOf(instanceId, partitionCount);
  return localId(purgeTarget, (partition) => partition === wanted, partitionCount);
}
