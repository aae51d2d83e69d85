/** Makes a row for an orchestration that has not begun: its start message is committed and waits in the inbox. */
import type { InboxRow, InstanceRow, Store } from '../ports/store.js';
import { isMessageFor, type MessageBody, type StoredBody } from '../model/messages.js';
import type { RunRecord } from '../model/run-record.js';

/**
 * Reads again what is committed of an instance whose row was not found: its row, or a row made from its waiting start message. Resolves
 * with `undefined` if there is neither. The inbox is read first: a start message that the worker consumes meanwhile leaves an instance row.
 */
export async function lookAgain(
  store: Pick<Store, 'loadInstances' | 'waitingStart'>,
  instanceId: string,
  nowMs: number,
): Promise<InstanceRow | undefined> {
  const start = await store.waitingStart(instanceId);
  const [row] = await store.loadInstances([instanceId]);
  return row ?? (start === undefined ? undefined : pendingRow(start, nowMs));
}

/** Whether the row was made from a start message. Such a row is not in the table and has version 0. */
export function isPending({ version }: InstanceRow): boolean {
  return version === 0;
}

/** `undefined` if the start message cannot be read: the orchestration will not begin. */
function pendingRow({ target, partition, body }: InboxRow, nowMs: number): InstanceRow | undefined {
  const start = JSON.parse(body) as StoredBody;
  if (!isMessageFor(target, start) || start.kind !== 'start' || typeof start.name !== 'string') return undefined;
  return rowOf(target, partition, start, nowMs);
}

function rowOf(id: string, partition: number, start: MessageBody & { kind: 'start' }, nowMs: number): InstanceRow {
  const { name, input, version } = start;
  const record: RunRecord = { name, input, version, execution: '', status: 'pending', chunks: 0 };
  return {
    id,
    kind: 'orchestration',
    name,
    key: '',
    partition,
    version: 0,
    state: JSON.stringify(record),
    meta: null,
    status: 'pending',
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    endedAtMs: null,
    endedActiveMs: null,
    parent: start.parent?.instance ?? null,
  };
}
