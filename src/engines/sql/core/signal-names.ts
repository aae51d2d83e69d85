/**
 * The inbox rows of the named signals that are scheduled for an entity and have not begun to run, by name. Counts the names that changed,
 * so that a commit writes only these.
 */
export class SignalNames {
  private readonly rows = new Map<string, number>();
  private readonly changed = new Set<string>();

  /** The number of names. */
  get size(): number {
    return this.rows.size;
  }

  [Symbol.iterator](): MapIterator<[name: string, row: number]> {
    return this.rows.entries();
  }

  get(name: string): number | undefined {
    return this.rows.get(name);
  }

  set(name: string, row: number): void {
    this.rows.set(name, row);
    this.changed.add(name);
  }

  delete(name: string): void {
    if (this.rows.delete(name)) this.changed.add(name);
  }

  /** Adds a name that is stored already. */
  load(name: string, row: number): void {
    this.rows.set(name, row);
  }

  /** The names that changed since the last call, each with its row, or `null` if the name is free. */
  takeChanges(): (readonly [name: string, row: number | null])[] {
    const changes = [...this.changed].map((name) => [name, this.rows.get(name) ?? null] as const);
    this.changed.clear();
    return changes;
  }
}
