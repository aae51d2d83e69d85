/** Names that other processes announce while a client runs. */
import type { Directory } from '../core/directory.js';
import type { Store } from '../engines/sql/ports/store.js';
import type { Clock } from '../ports/clock.js';

/** The minimum interval between two reads of the names, in ms. */
const namesEveryMs = 1_000;

/** Makes a function that reads the names that workers have announced meanwhile. */
export function learner(store: Store, names: Directory, clock: Clock): () => Promise<void> {
  let lastMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  const read = async () => {
    try {
      names.learn((await store.readHub()).names);
    } finally {
      reading = undefined;
    }
  };
  return async () => {
    // Concurrent calls share one read.
    if (reading !== undefined) return reading;
    if (clock.monotonicMs() - lastMs < namesEveryMs) return;
    lastMs = clock.monotonicMs();
    reading = read();
    return reading;
  };
}
