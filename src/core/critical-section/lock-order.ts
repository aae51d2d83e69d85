/** Compares by UTF-16 code unit, whatever the locale says: workers that disagree on order could deadlock. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The order in which a lock set is asked for: sorted by code unit, each once. */
export function lockOrder(ids: readonly string[]): string[] {
  const ordered: string[] = [];
  for (const id of ids) {
    // There are few: each goes to its place.
    let place = ordered.length;
    while (place > 0 && byCodeUnit(ordered[place - 1] as string, id) > 0) place--;
    if (ordered[place - 1] !== id) ordered.splice(place, 0, id);
  }
  return ordered;
}
