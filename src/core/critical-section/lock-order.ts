/** Compares two texts by UTF-16 code unit, independent of the locale: workers that use different orders could deadlock. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The order in which an orchestration acquires the locks of a set: sorted by code unit, without repeats. */
export function lockOrder(ids: readonly string[]): string[] {
  const ordered: string[] = [];
  for (const id of ids) {
    // Insertion sort: lock sets are small.
    let place = ordered.length;
    while (place > 0 && byCodeUnit(ordered[place - 1] as string, id) > 0) place--;
    if (ordered[place - 1] !== id) ordered.splice(place, 0, id);
  }
  return ordered;
}
