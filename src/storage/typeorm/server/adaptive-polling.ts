/** The times between two looks, in ms. */
export const pollTimes = {
  /** After a look that found something. */
  leastMs: 2,
  /** The longest interval while something was found within the last `busyForMs`. */
  busyMs: 100,
  busyForMs: 1_000,
  mostMs: 1_000,
} as const;

/**
 * Calls that tell a store's listeners to look, for databases from which no hint arrives. The interval doubles while nothing is found, and is
 * short again when something was found.
 */
export class AdaptivePolling {
  #intervalMs: number = pollTimes.leastMs;
  #foundAtMs = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly look: () => void) {}

  start(): void {
    this.#timer ??= setTimeout(() => this.#tick(), this.#intervalMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Takes the number of rows that a poll has found. */
  found(rows: number): void {
    if (rows === 0) return;
    this.#foundAtMs = performance.now();
    this.#intervalMs = pollTimes.leastMs;
    if (this.#timer === undefined) return;
    this.stop();
    this.start();
  }

  #tick(): void {
    const isBusy = performance.now() - this.#foundAtMs < pollTimes.busyForMs;
    this.#intervalMs = Math.min(this.#intervalMs * 2, isBusy ? pollTimes.busyMs : pollTimes.mostMs);
    this.#timer = undefined;
    this.start();
    this.look();
  }
}
