/** Finds the reason why a client's message has no answer yet. Runs only after the client's time limit. */
import { readMeta } from './model/entity-meta.js';
import { readRunRecord } from './model/stored.js';
import type { WaitReason } from '../../errors/wait-reason.js';
import type { UserCode } from '../../ports/user-code.js';
import { partitionOf } from './core/partition.js';
import { neededOrchestration, WorkerNames } from './core/worker-names.js';
import type { InstanceRow, Member, Store } from './ports/store.js';

/** The knowledge of the worker that owns the target, beside stored data. */
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
 * @param here given by the worker that owns the target. Every other process knows what the row of that worker tells.
 * @throws StorageError if stored data cannot be read
 */
export async function diagnose(store: Store, target: string, here?: ActiveHere): Promise<WaitReason | undefined> {
  const { nowMs, members, owners } = await store.members();
  const isActive = members.some(({ incarnation, expiresAtMs }) => owners.includes(incarnation) && expiresAtMs > nowMs);
  if (here === undefined && !isActive) return { kind: 'noActiveHost' };
  const [row] = await store.loadInstances([target]);
  const has = here === undefined ? codeOf(ownerOf(target, members, owners)) : codeHere(here.userCode);
  const reason = target.startsWith('@') ? ofEntity(target, row, has) : ofRun(row, has);
  if (reason !== undefined) return reason;
  const load = here?.load();
  if (load?.running !== undefined) return { kind: 'running', operation: load.running };
  const messages = load?.waiting ?? (await store.countInbox(target, nowMs));
  return messages === 0 ? undefined : { kind: 'waiting', messages };
}

/** Whether the owner of the target has this code. */
interface OwnersCode {
  entity(name: string): boolean;
  orchestration(name: string, version: number): boolean;
}

function codeHere(userCode: UserCode): OwnersCode {
  return {
    entity: (name) => userCode.entity(name) !== undefined,
    orchestration: (name, version) => userCode.orchestration(name, version) !== undefined,
  };
}

/** `undefined` if nobody owns the target. */
function ownerOf(target: string, members: readonly Member[], owners: readonly number[]): Member | undefined {
  const owner = owners[partitionOf(target, owners.length)];
  return members.find(({ incarnation }) => incarnation === owner);
}

/** A worker of an older version announces no names in its row, and may have any code. */
function codeOf(owner: Member | undefined): OwnersCode {
  if (owner === undefined || owner.names.length === 0) return { entity: () => true, orchestration: () => true };
  const names = new WorkerNames(owner.names);
  return {
    entity: (name) => names.has(`entity:${name}`),
    orchestration: (name, version) => names.has(neededOrchestration(name, version)),
  };
}

function ofEntity(target: string, row: InstanceRow | undefined, has: OwnersCode): WaitReason | undefined {
  const name = target.slice(1, target.indexOf('@', 1));
  if (!has.entity(name)) {
    return { kind: 'notRegistered', what: 'entity', name };
  }
  const lock = row === undefined ? undefined : readMeta(row.meta).lock;
  return lock === undefined ? undefined : { kind: 'locked', by: lock.instance };
}

function ofRun(row: InstanceRow | undefined, has: OwnersCode): WaitReason | undefined {
  if (row?.kind !== 'orchestration') return undefined;
  const { name, version = 1, status } = readRunRecord(row.id, row.state);
  if (status === 'suspended') return { kind: 'suspended' };
  if (!has.orchestration(name, version)) {
    return { kind: 'notRegistered', what: 'orchestration', name };
  }
  return undefined;
}
