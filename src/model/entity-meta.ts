import type { LockOwner } from './messages.js';
import { parsed } from './stored.js';

/** What is stored beside an entity's state (`meta` of its row). */
export interface EntityMeta {
  readonly lock?: LockOwner;
  /** The inbox rows of scheduled signals that have a name, by name. */
  readonly named?: Readonly<Record<string, number>>;
  /** Hub time from which on the state counts as absent, whether the row is deleted yet or not. */
  readonly expires?: number;
}

/** @throws StorageError */
export function readMeta(meta: string | null): EntityMeta {
  if (meta === null) return {};
  return parsed(
    meta,
    'an entity beside its state',
    ({ lock, named, expires }) =>
      isLockOrAbsent(lock) && isRowsOrAbsent(named) && (expires === undefined || typeof expires === 'number'),
  );
}

function isLockOrAbsent(value: unknown): boolean {
  if (value === undefined) return true;
  const { instance, execution, section } = (value ?? {}) as Partial<LockOwner>;
  return typeof instance === 'string' && typeof execution === 'string' && Number.isSafeInteger(section);
}

function isRowsOrAbsent(value: unknown): boolean {
  if (value === undefined) return true;
  return typeof value === 'object' && value !== null && Object.values(value).every(Number.isSafeInteger);
}

/** Whether the state of an entity's row counts as absent. A row that cannot be read does not. */
export function isExpired({ meta }: { readonly meta: string | null }, nowMs: number): boolean {
  try {
    const { expires } = readMeta(meta);
    return expires !== undefined && expires <= nowMs;
  } catch {
    return false;
  }
}
