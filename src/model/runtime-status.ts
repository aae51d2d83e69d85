/** Status of an orchestration instance. The last three are ends. */
export type RuntimeStatus = 'pending' | 'running' | 'suspended' | 'completed' | 'failed' | 'terminated';

export const runtimeStatuses: readonly RuntimeStatus[] = [
  'pending',
  'running',
  'suspended',
  'completed',
  'failed',
  'terminated',
];

export function hasEnded(status: RuntimeStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'terminated';
}
