/** The callbacks of each signal. */
const callbacksOf = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when the signal is aborted. All callbacks of a signal share one listener: Node.js warns of a leak from the 11th listener on,
 * and hundreds of operations may follow the signal of one worker term. Returns a function that removes the callback.
 */
export function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  let callbacks = callbacksOf.get(signal);
  if (callbacks === undefined) {
    const created = new Set<() => void>();
    callbacksOf.set(signal, created);
    signal.addEventListener('abort', () => {
      for (const each of created) each();
    });
    callbacks = created;
  }
  const shared = callbacks;
  // A callback of its own for each call, so that a function can be given twice.
  const own = () => callback();
  shared.add(own);
  return () => void shared.delete(own);
}
