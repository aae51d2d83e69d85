/** The names that one worker has registered, as it announced them: tells whether it has the code that a message needs. */
import { versionName } from '../../../ports/names.js';

/** The code that a message needs, in the form of an announced name: `entity:counter`, `activity:Send`, `version:Transfer@1`. */
export type NeededCode = string;

/** @param version `undefined` if any version will do */
export function neededOrchestration(name: string, version: number | undefined): NeededCode {
  return version === undefined ? `orchestration:${name}` : `version:${versionName(name, version)}`;
}

export class WorkerNames {
  private readonly names: ReadonlySet<string>;
  /** Orchestrations of which the worker announces versions. */
  private readonly versioned = new Set<string>();

  constructor(names: readonly string[]) {
    this.names = new Set(names);
    for (const name of names) if (name.startsWith('version:')) this.versioned.add(orchestrationOf(name));
  }

  /** Version 1 alone is announced by the name of the orchestration, and beside other versions like these. */
  has(needed: NeededCode): boolean {
    if (this.names.has(needed)) return true;
    if (!needed.startsWith('version:') || !needed.endsWith('@1')) return false;
    const name = orchestrationOf(needed);
    return this.names.has(`orchestration:${name}`) && !this.versioned.has(name);
  }
}

function orchestrationOf(version: string): string {
  return version.slice('version:'.length, version.lastIndexOf('@'));
}
