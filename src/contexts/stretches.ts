/**
 * Counts stretches. A stretch is code that runs without a break, before any deferred code (a continuation, a callback) runs. If two reads
 * return the same number, no code that was deferred after the first read has run between them.
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

/** The stretches of this process. All code shares one call stack. */
export const stretches = new Stretches();
