import type { LockOwner } from './messages.js';
import { parsed } from './stored.js';

/** Data that is stored beside the state of an entity: the column `meta` of its row. */
export interface EntityMeta {
  readonly lock?: LockOwner;
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
  const { instance, execution, section } = (value ?? {}) as Partial<LockOwner>;
  return typeof instance === 'string' && typeof execution === 'string' && Number.isSafeInteger(section);
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
