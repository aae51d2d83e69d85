import type { LockOwner } from './messages.js';

/** What is stored beside an entity's state (`meta` of its row). */
export interface EntityMeta {
  readonly lock?: LockOwner;
  /** The inbox rows of scheduled signals that have a name, by name. */
  readonly named?: Readonly<Record<string, number>>;
  /** Hub time from which on the state counts as absent, whether the row is deleted yet or not. */
  readonly expires?: number;
}

/** @throws SyntaxError */
export function readMeta(meta: string | null): EntityMeta {
  return meta === null ? {} : (JSON.parse(meta) as EntityMeta);
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
