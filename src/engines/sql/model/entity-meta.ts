import type { LockOwner } from './messages.js';
import { parsed } from './stored.js';

/** A lock that is held. `at` is the hub time of the grant. Absent in locks granted by version 0.1. */
export type HeldLock = LockOwner & { readonly at?: number | undefined };

/** Data that is stored beside the state of an entity: the column `meta` of its row. */
export interface EntityMeta {
  readonly lock?: HeldLock;
  /** Hub time of the expiry. From then on the entity does not exist, even if its row is still there. */
  readonly expires?: number;
}

/** @throws StorageError */
export function readMeta(meta: string | null): EntityMeta {
  if (meta === null) return {};
  return parsed(
    meta,
    'the lock and the expiry of an entity',
    (meta) =>
      isLockOrAbsent(meta.lock) &&
      !('named' in meta) &&
      (meta.expires === undefined || typeof meta.expires === 'number'),
  );
}

function isLockOrAbsent(value: unknown): boolean {
  if (value === undefined) return true;
  const { instance, execution, section, at } = (value ?? {}) as Partial<HeldLock>;
  return (
    typeof instance === 'string' &&
    typeof execution === 'string' &&
    Number.isSafeInteger(section) &&
    (at === undefined || typeof at === 'number')
  );
}

/** The beginning of the `meta` of every locked entity, or of those that this orchestration has locked. Every version writes `lock` first. */
export function lockedMeta(instance?: string): string {
  return instance === undefined ? '{"lock":{' : `{"lock":{"instance":${JSON.stringify(instance)},`;
}

/** Tells whether an entity has expired. `false` if its `meta` cannot be read. */
export function isExpired({ meta }: { readonly meta: string | null }, nowMs: number): boolean {
  try {
    const { expires } = readMeta(meta);
    return expires !== undefined && expires <= nowMs;
  } catch {
    return false;
  }
}
