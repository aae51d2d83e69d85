/**
 * The status of an orchestration instance. `pending`: accepted, its code has not run yet. `running`: its code has run, and may wait.
 * `suspended`: it receives nothing until it is resumed. `completed`, `failed` and `terminated` are final, until a restart or rewind.
 */
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
