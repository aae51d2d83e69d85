/** A number of places for work. Work that finds no place waits for one, in its order. */
export class Places {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly count: number) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.taken < this.count) this.taken++;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      // The place goes to the next one that waits.
      const next = this.waiting.shift();
      if (next === undefined) this.taken--;
      else next();
    }
  }
}
