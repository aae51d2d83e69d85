/** Finds the reason why a client's message has no answer yet. Runs only after the client's time limit. */
import { readMeta } from './model/entity-meta.js';
import { readRunRecord } from './model/stored.js';
import type { WaitReason } from '../../errors/wait-reason.js';
import type { UserCode } from '../../ports/user-code.js';
import type { InstanceRow, Store } from './ports/store.js';

/** The knowledge of the active host, beside stored data. */
export interface ActiveHere {
  readonly userCode: UserCode;
  /**
   * `waiting` is the number of messages for the target, in memory and in the table, without the running one. `running` is the operation
   * that runs.
   */
  load(): { readonly waiting: number; readonly running: string | undefined };
}

/**
 * Resolves with the first reason that applies, or with `undefined` if no reason is known.
 * @param here given by the active host. Absent in every other process, which does not know what the active host has registered.
 * @throws StorageError if stored data cannot be read
 */
export async function diagnose(store: Store, target: string, here?: ActiveHere): Promise<WaitReason | undefined> {
  const { nowMs, members, owners } = await store.members();
  const isActive = members.some(({ incarnation, expiresAtMs }) => owners.includes(incarnation) && expiresAtMs > nowMs);
  if (here === undefined && !isActive) return { kind: 'noActiveHost' };
  const [row] = await store.loadInstances([target]);
  const reason = target.startsWith('@') ? ofEntity(target, row, here) : ofRun(row, here);
  if (reason !== undefined) return reason;
  const load = here?.load();
  if (load?.running !== undefined) return { kind: 'running', operation: load.running };
  const messages = load?.waiting ?? (await store.countInbox(target, nowMs));
  return messages === 0 ? undefined : { kind: 'waiting', messages };
}

function ofEntity(target: string, row: InstanceRow | undefined, here: ActiveHere | undefined): WaitReason | undefined {
  const name = target.slice(1, target.indexOf('@', 1));
  if (here !== undefined && here.userCode.entity(name) === undefined) {
    return { kind: 'notRegistered', what: 'entity', name };
  }
  const lock = row === undefined ? undefined : readMeta(row.meta).lock;
  return lock === undefined ? undefined : { kind: 'locked', by: lock.instance };
}

function ofRun(row: InstanceRow | undefined, here: ActiveHere | undefined): WaitReason | undefined {
  if (row?.kind !== 'orchestration') return undefined;
  const { name, version = 1, status } = readRunRecord(row.id, row.state);
  if (status === 'suspended') return { kind: 'suspended' };
  if (here !== undefined && here.userCode.orchestration(name, version) === undefined) {
    return { kind: 'notRegistered', what: 'orchestration', name };
  }
  return undefined;
}
