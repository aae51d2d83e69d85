/** Does the work for every item in order, for at most `inFlight` items at a time. The first failure ends it. */
export async function concurrently<T>(
  inFlight: number,
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const lanes = Array.from({ length: inFlight }, async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value);
  });
  await Promise.all(lanes);
}
