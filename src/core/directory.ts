/** The names that a task hub knows: those registered here, and those any worker, living or dead, ever announced. */

/** `version`: `Name@2`, of orchestrations, for versions above 1. */
export type NameKind = 'entity' | 'orchestration' | 'activity' | 'version';

export class Directory {
  private readonly names: Set<string>;

  constructor(registered: readonly string[]) {
    this.names = new Set(registered);
  }

  /** Adds what the task hub knows. */
  learn(names: readonly string[]): void {
    for (const name of names) this.names.add(name);
  }

  /** Entity names in lower case; the others as registered. */
  knows(kind: NameKind, name: string): boolean {
    return this.names.has(`${kind}:${name}`);
  }

  list(kind: NameKind): string[] {
    const prefix = `${kind}:`;
    return [...this.names]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
      .sort();
  }
}
