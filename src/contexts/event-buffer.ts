/** External events of one execution: those that came and are not awaited yet, and those awaited that have not come. */

/** `read` gives the event; it throws where this version cannot read it. */
type Waiter = (read: () => unknown) => void;

export class EventBuffer {
  private readonly arrived: { name: string; text: string | undefined }[] = [];
  private waiters: Map<string, Waiter[]> | undefined = undefined;
  private waitingCount = 0;

  get waiting(): number {
    return this.waitingCount;
  }

  /** Gives the event to who waits longest for its name, else keeps it. */
  add(name: string, text: string | undefined, decode: (text: string | undefined) => unknown): void {
    const waiter = this.waiters?.get(name)?.shift();
    if (waiter === undefined) {
      this.arrived.push({ name, text });
      return;
    }
    this.waitingCount--;
    waiter(() => decode(text));
  }

  /** The oldest event of this name that nobody awaited. */
  take(name: string): { text: string | undefined } | undefined {
    const index = this.arrived.findIndex((event) => event.name === name);
    return index < 0 ? undefined : this.arrived.splice(index, 1)[0];
  }

  /** Returns how to stop waiting. */
  wait(name: string, waiter: Waiter): () => void {
    const byName = (this.waiters ??= new Map());
    const waiters = byName.get(name) ?? [];
    byName.set(name, waiters);
    waiters.push(waiter);
    this.waitingCount++;
    return () => {
      const index = waiters.indexOf(waiter);
      if (index < 0) return;
      waiters.splice(index, 1);
      this.waitingCount--;
    };
  }

  /** What came and was not awaited, in order. */
  unprocessed(): { name: string; value: string | undefined }[] {
    return this.arrived.map(({ name, text }) => ({ name, value: text }));
  }
}
