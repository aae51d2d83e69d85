import type { Clock } from '../ports/clock.js';

/** A value is kept at least this many times as long as it took to read, so that reading it takes a small part of the time only. */
const keptFactor = 5;

/** A value that is read at most once in a while, and shared by all who ask for it. A failed read is not kept. */
export class KeptValue<T> {
  private reading: Promise<T> | undefined;
  private keptUntilMs = Number.POSITIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly keptMs: number,
    private readonly read: () => Promise<T>,
  ) {}

  get(): Promise<T> {
    if (this.reading === undefined || this.clock.monotonicMs() >= this.keptUntilMs) this.reading = this.begin();
    return this.reading;
  }

  private async begin(): Promise<T> {
    const startedMs = this.clock.monotonicMs();
    this.keptUntilMs = Number.POSITIVE_INFINITY;
    try {
      return await this.read();
    } catch (error) {
      this.reading = undefined;
      throw error;
    } finally {
      const endedMs = this.clock.monotonicMs();
      this.keptUntilMs = endedMs + Math.max(this.keptMs, keptFactor * (endedMs - startedMs));
    }
  }
}
