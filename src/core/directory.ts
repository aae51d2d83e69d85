/** The names that a task hub knows: those registered here, and those any worker, living or dead, ever announced. */

/** `version`: `Name@2`, of orchestrations, for versions above 1. */
export type NameKind = 'entity' | 'orchestration' | 'activity' | 'version';

export class Directory {
  /** By kind: whether one is known is asked for each message. */
  private readonly names = new Map<string, Set<string>>();

  constructor(registered: readonly string[]) {
    this.learn(registered);
  }

  /** Adds what the task hub knows: `entity:counter`. */
  learn(names: readonly string[]): void {
    for (const text of names) {
      const colon = text.indexOf(':');
      const kind = text.slice(0, colon);
      const known = this.names.get(kind);
      if (known === undefined) this.names.set(kind, new Set([text.slice(colon + 1)]));
      else known.add(text.slice(colon + 1));
    }
  }

  /** Entity names in lower case; the others as registered. */
  knows(kind: NameKind, name: string): boolean {
    return this.names.get(kind)?.has(name) ?? false;
  }

  list(kind: NameKind): string[] {
    return [...(this.names.get(kind) ?? [])].sort();
  }
}
