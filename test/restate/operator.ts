/** The actions of an operator of Restate: looks at invocations, and kills or cancels them. */
import { eventually } from '../acceptance/world.js';
import { restateServer } from '../servers/restate.js';

export interface Invocation {
  readonly id: string;
  readonly target_service_name: string;
  readonly target_service_key: string | null;
  readonly target_handler_name: string;
  readonly status: string;
  readonly journal_size: number;
}

/** The invocations of a task hub. */
export async function invocations(hub: string): Promise<Invocation[]> {
  const { admin } = await restateServer();
  const query = `SELECT id, target_service_name, target_service_key, target_handler_name, status, journal_size FROM sys_invocation WHERE starts_with(target_service_name, '${hub}.')`;
  const answer = await fetch(`${admin}/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return ((await answer.json()) as { rows: Invocation[] }).rows;
}

/** Resolves with the first invocation that is as wanted. */
export function invocation(hub: string, is: (one: Invocation) => boolean, what: string): Promise<Invocation> {
  return eventually(async () => (await invocations(hub)).find(is), what);
}

export async function end(id: string, how: 'kill' | 'cancel'): Promise<void> {
  const { admin } = await restateServer();
  const answer = await fetch(`${admin}/invocations/${id}/${how}`, { method: 'PATCH' });
  if (!answer.ok) throw new Error(await answer.text());
}
