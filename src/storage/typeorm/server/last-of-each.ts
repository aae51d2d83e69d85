/** The last write of each key: one statement writes a row at most once. */
export function lastOfEach<T>(writes: readonly T[], keyOf: (write: T) => string): readonly T[] {
  if (writes.length < 2) return writes;
  return [...new Map(writes.map((write) => [keyOf(write), write])).values()];
}
