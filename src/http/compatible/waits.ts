/** Requests that wait for the end of an orchestration: a bounded number of them, each for a bounded time. */

/** The longest time that a request waits, in ms. */
export const waitMsMax = 60_000;

/** The greatest number of requests that wait at the same time: half of the connections of `serve`, so that others are still answered. */
export const waitsMax = 50;

export class Waits {
  private waiting = 0;

  /** Runs a wait, if there is room for one more. @returns `undefined` if as many requests as may wait do so already */
  run<T>(wait: () => Promise<T>): Promise<T> | undefined {
    if (this.waiting >= waitsMax) return undefined;
    this.waiting++;
    return wait().finally(() => {
      this.waiting--;
    });
  }
}
