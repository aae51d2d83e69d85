/**
 * What is kept by task number, in the order in which it came: a list while there is little of it, as there mostly is. A Map costs as
 * much as all that, and makes itself a new table each time it becomes empty.
 */
const fewMax = 8;

export class ByTask<V> {
  private readonly few: { readonly task: number; readonly value: V }[] = [];
  private many: Map<number, V> | undefined = undefined;

  get size(): number {
    return this.many?.size ?? this.few.length;
  }

  get(task: number): V | undefined {
    if (this.many !== undefined) return this.many.get(task);
    return this.few[this.indexOf(task)]?.value;
  }

  has(task: number): boolean {
    return this.many === undefined ? this.indexOf(task) >= 0 : this.many.has(task);
  }

  /** A task that is not there yet. */
  add(task: number, value: V): void {
    if (this.many === undefined && this.few.length === fewMax) {
      this.many = new Map(this.few.map((kept) => [kept.task, kept.value]));
    }
    if (this.many === undefined) this.few.push({ task, value });
    else this.many.set(task, value);
  }

  /** Removes it, and returns it. */
  take(task: number): V | undefined {
    if (this.many === undefined) {
      const index = this.indexOf(task);
      return index < 0 ? undefined : this.few.splice(index, 1)[0]?.value;
    }
    const value = this.many.get(task);
    this.many.delete(task);
    return value;
  }

  *[Symbol.iterator](): Iterator<readonly [task: number, value: V]> {
    if (this.many !== undefined) yield* this.many;
    else for (const { task, value } of this.few) yield [task, value];
  }

  private indexOf(task: number): number {
    const { few } = this;
    for (let i = 0; i < few.length; i++) if (few[i]?.task === task) return i;
    return -1;
  }
}
