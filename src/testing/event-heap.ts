/** A scheduled callback. The earliest comes first. `order` decides between callbacks of the same time. */
export interface Due {
  readonly atMs: number;
  readonly order: number;
  /** `undefined` if the callback was cancelled. */
  callback: (() => void) | undefined;
}

/** A binary heap of scheduled callbacks. A cancelled entry stays until it reaches the top. */
export class EventHeap {
  private readonly entries: Due[] = [];

  push(due: Due): void {
    const { entries } = this;
    let index = entries.push(due) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = entries[above] as Due;
      if (!isBefore(due, parent)) break;
      entries[index] = parent;
      index = above;
    }
    entries[index] = due;
  }

  peek(): Due | undefined {
    while (this.entries.length > 0 && (this.entries[0] as Due).callback === undefined) this.removeFirst();
    return this.entries[0];
  }

  /** Removes the entry that `peek` returned. */
  removeFirst(): void {
    const { entries } = this;
    const last = entries.pop() as Due;
    const { length } = entries;
    if (length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(entries[child + 1] as Due, entries[child] as Due)) child++;
      if (!isBefore(entries[child] as Due, last)) break;
      entries[index] = entries[child] as Due;
      index = child;
    }
    entries[index] = last;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
