/** Names of statuses on the wire, and the statuses of this library. */
import type { RuntimeStatus } from '../../model/runtime-status.js';

const wireNames: Readonly<Record<RuntimeStatus, string>> = {
  pending: 'Pending',
  running: 'Running',
  suspended: 'Suspended',
  completed: 'Completed',
  failed: 'Failed',
  terminated: 'Terminated',
};

export function wireStatus(status: RuntimeStatus): string {
  return wireNames[status];
}

/** The statuses by their names and numbers on the wire. `undefined` for the two that no orchestration has here. */
const byWireName: ReadonlyMap<string, RuntimeStatus | undefined> = new Map([
  ...Object.entries(wireNames).map(([status, name]) => [name.toLowerCase(), status as RuntimeStatus] as const),
  ['canceled', undefined],
  ['continuedasnew', undefined],
  ['0', 'running'],
  ['1', 'completed'],
  ['2', undefined],
  ['3', 'failed'],
  ['4', undefined],
  ['5', 'terminated'],
  ['6', 'pending'],
  ['7', 'suspended'],
]);

/** The statuses that a query names. */
export interface NamedStatuses {
  /** Statuses that orchestrations have here. Empty if the query names only others, such as `Canceled`: then it selects nothing. */
  readonly statuses: readonly RuntimeStatus[];
  /** Names that are not the name of a status. */
  readonly unknown: readonly string[];
}

/** Reads `runtimeStatus` of a query: repeated, or with commas. `undefined` if the query names no status. */
export function readStatuses(values: readonly string[]): NamedStatuses | undefined {
  const names = values
    .flatMap((value) => value.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) return undefined;
  const known = names.filter((name) => byWireName.has(name.toLowerCase()));
  const found = known.map((name) => byWireName.get(name.toLowerCase())).filter((status) => status !== undefined);
  return { statuses: [...new Set(found)], unknown: names.filter((name) => !byWireName.has(name.toLowerCase())) };
}
