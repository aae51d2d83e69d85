/** The operations of a class or an interface, under every spelling by which a message may ask for them. */
import type { OfferedOperation } from '../functions/support.js';

export class OperationTable<Entry extends OfferedOperation = OfferedOperation> {
  private readonly byName = new Map<string, Entry>();
  private readonly byLowerName = new Map<string, Entry>();
  readonly entries: Entry[] = [];

  /** The entry that stands in the way of this one: the same name, or one that differs only in case. */
  conflict(name: string): Entry | undefined {
    return this.byLowerName.get(name.toLowerCase());
  }

  add(entry: Entry): void {
    this.entries.push(entry);
    this.byName.set(entry.name, entry);
    this.byLowerName.set(entry.name.toLowerCase(), entry);
  }

  /** Exact, else whatever the case; names like `constructor` are found only where they are operations. */
  find(name: string): Entry | undefined {
    return this.byName.get(name) ?? this.byLowerName.get(name.toLowerCase());
  }

  get names(): string[] {
    return this.entries.map((entry) => entry.name);
  }
}
