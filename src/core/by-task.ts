/**
 * A map by task number that keeps the order of insertion. Up to this many entries are a linked list, above it the entries are in a Map. Most
 * executions have few open tasks: for them a list costs less than a Map, which allocates a new table each time it becomes empty.
 */
const chainedMax = 8;

interface Link<V> {
  readonly task: number;
  readonly value: V;
  next: Link<V> | undefined;
}

export class ByTask<V> {
  private first: Link<V> | undefined = undefined;
  private last: Link<V> | undefined = undefined;
  private chained = 0;
  private many: Map<number, V> | undefined = undefined;

  get size(): number {
    return this.many?.size ?? this.chained;
  }

  get(task: number): V | undefined {
    if (this.many !== undefined) return this.many.get(task);
    let link = this.first;
    while (link !== undefined && link.task !== task) link = link.next;
    return link?.value;
  }

  /** Adds a task. The task must not exist yet. */
  add(task: number, value: V): void {
    if (this.many === undefined && this.chained === chainedMax) {
      this.many = new Map(this);
      this.first = this.last = undefined;
    }
    if (this.many !== undefined) {
      this.many.set(task, value);
      return;
    }
    const link: Link<V> = { task, value, next: undefined };
    if (this.last === undefined) this.first = link;
    else this.last.next = link;
    this.last = link;
    this.chained++;
  }

  /** Removes a task and returns its value. `undefined` if the task does not exist. */
  take(task: number): V | undefined {
    if (this.many !== undefined) {
      const value = this.many.get(task);
      this.many.delete(task);
      return value;
    }
    let before: Link<V> | undefined;
    for (let link = this.first; link !== undefined; before = link, link = link.next) {
      if (link.task !== task) continue;
      if (before === undefined) this.first = link.next;
      else before.next = link.next;
      if (link === this.last) this.last = before;
      this.chained--;
      return link.value;
    }
    return undefined;
  }

  *[Symbol.iterator](): Iterator<[task: number, value: V]> {
    if (this.many !== undefined) yield* this.many;
    else for (let link = this.first; link !== undefined; link = link.next) yield [link.task, link.value];
  }
}
