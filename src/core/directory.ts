/** The names that a task hub knows: names registered in this process, and names that any worker has ever announced. */

/** The kind of a name. Names of kind `version` are `Name@2`: an orchestration and its version. */
export type NameKind = 'entity' | 'orchestration' | 'activity' | 'version';

export class Directory {
  /** Sets by kind, because each message needs a look-up. */
  private readonly names = new Map<string, Set<string>>();

  constructor(registered: readonly string[]) {
    this.learn(registered);
  }

  /** Adds names with their kinds, such as `entity:counter`. */
  learn(names: readonly string[]): void {
    for (const text of names) {
      const colon = text.indexOf(':');
      const kind = text.slice(0, colon);
      const known = this.names.get(kind);
      if (known === undefined) this.names.set(kind, new Set([text.slice(colon + 1)]));
      else known.add(text.slice(colon + 1));
    }
  }

  /** `name` is in lower case for an entity, and as registered for the other kinds. */
  knows(kind: NameKind, name: string): boolean {
    return this.names.get(kind)?.has(name) ?? false;
  }

  list(kind: NameKind): string[] {
    return [...(this.names.get(kind) ?? [])].sort();
  }
}
