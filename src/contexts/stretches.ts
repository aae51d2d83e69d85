/**
 * Counts stretches: code that runs without a break, before anything that was put off (a continuation, a callback) gets its turn.
 * Between two equal numbers no such code has run, if the first was taken before it was put off.
 */
class Stretches {
  private count = 0;
  private running = false;

  /** The number of the stretch that runs now. */
  get current(): number {
    if (!this.running) {
      this.running = true;
      void Promise.resolve().then(() => this.end());
    }
    return this.count;
  }

  private end(): void {
    this.running = false;
    this.count++;
  }
}

/** Of this process: there is one stack for all. */
export const stretches = new Stretches();
