/** Compares by UTF-16 code unit, whatever the locale says: workers that disagree on order could deadlock. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The order in which a lock set is asked for: sorted by code unit, each once. */
export function lockOrder(ids: readonly string[]): string[] {
  return [...new Set(ids)].sort(byCodeUnit);
}
