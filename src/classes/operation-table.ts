/** Table of the operations of a class or an interface. Names are found in any upper and lower case. */
import type { OfferedOperation } from '../functions/support.js';

export class OperationTable<Entry extends OfferedOperation = OfferedOperation> {
  private readonly byName = new Map<string, Entry>();
  private readonly byLowerName = new Map<string, Entry>();
  readonly entries: Entry[] = [];

  /** The entry with the same name, or with a name that differs only in case. */
  conflict(name: string): Entry | undefined {
    return this.byLowerName.get(name.toLowerCase());
  }

  add(entry: Entry): void {
    this.entries.push(entry);
    this.byName.set(entry.name, entry);
    this.byLowerName.set(entry.name.toLowerCase(), entry);
  }

  /** Finds an operation by its exact name, or else without regard to case. Names like `constructor` are found only if they are operations. */
  find(name: string): Entry | undefined {
    return this.byName.get(name) ?? this.byLowerName.get(name.toLowerCase());
  }

  get names(): string[] {
    return this.entries.map((entry) => entry.name);
  }
}
