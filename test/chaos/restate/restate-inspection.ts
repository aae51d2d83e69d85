/** Contents of a task hub on Restate after all work has ended, read with queries of Restate and without the library. */
import { transferMoney } from '../../../samples/bank/transfer-money.js';
import type { Stored } from '../inspection.js';
import type { RestateCluster } from './cluster.js';

interface StateRow {
  readonly service_name: string;
  readonly service_key: string;
  readonly key: string;
  readonly value_utf8: string;
}

interface StoredRun {
  readonly name: string;
  readonly status: string;
  readonly output?: string;
}

export interface StoredOnRestate extends Stored {
  readonly runs: ReadonlyMap<string, StoredRun>;
}

export async function readStored(cluster: RestateCluster, hub: string): Promise<StoredOnRestate> {
  const rows = await cluster.query<StateRow>(
    `SELECT service_name, service_key, key, value_utf8 FROM state WHERE starts_with(service_name, '${hub}.')`,
  );
  const states = new Map<string, unknown>();
  const runs = new Map<string, StoredRun>();
  for (const { service_name: service, service_key: of, key, value_utf8: text } of rows) {
    if (service === `${hub}.runs`) {
      if (key === 'r') runs.set(of, JSON.parse(text) as StoredRun);
      continue;
    }
    const id = `@${service.slice(`${hub}.entity.`.length)}@${of}`;
    if (key === 'e') states.set(id, (JSON.parse(text) as { state: unknown }).state);
  }
  const transfers = [...runs].filter(([, { name }]) => name === transferMoney.name);
  const outcomes = new Map(
    transfers.map(([id, { output }]) => [id, output === undefined ? undefined : (JSON.parse(output) as unknown)]),
  );
  return { states, outcomes, runs };
}

/** Every run has ended. */
export function runProblems({ runs }: StoredOnRestate): string[] {
  const open = [...runs].filter(([, { status }]) => status !== 'completed' && status !== 'failed');
  return open.map(([id, { name, status }]) => `run ${id} of ${name} is ${status}`);
}

/** Invocations that have not ended, with their targets. A lock that is kept is an invocation of the handler `section`. */
export async function waitingInvocations(cluster: RestateCluster, hub: string): Promise<string[]> {
  const rows = await cluster.query<{ target: string; status: string }>(
    `SELECT target, status FROM sys_invocation WHERE starts_with(target_service_name, '${hub}.') AND status <> 'completed'`,
  );
  return rows.map(({ target, status }) => `${target} is ${status}`);
}
