/** Makes the programs that the engine runs from definitions of user code. */
import type { ActivityDefinition, EntityDefinition, OrchestrationDefinition } from '../functions/definitions.js';
import type { Logger } from '../ports/log.js';
import { versionName } from '../ports/names.js';
import type { ActivityProgram, EntityProgram, OrchestrationProgram, UserCode } from '../ports/user-code.js';
import { DefinedActivity } from './activity-program.js';
import { DefinedEntity } from './entity-program.js';
import { LiveSession } from './orchestration-session.js';
import type { RuntimeSupport } from './support.js';

/** A registered definition. Names are unique per kind, and for orchestrations per version. */
export type Definition = EntityDefinition | OrchestrationDefinition | ActivityDefinition;

/**
 * The names under which a task hub knows these definitions. Entity names are compared in lower case. Version 1 of an orchestration is
 * announced beside other versions only: alone, its name stands for it.
 */
export function announcedNames(definitions: readonly Definition[]): string[] {
  const names = definitions.map(({ kind, name }) => `${kind}:${kind === 'entity' ? name.toLowerCase() : name}`);
  const orchestrations = definitions.filter((definition) => definition.kind === 'orchestration');
  const versioned = new Set(orchestrations.flatMap(({ name, version = 1 }) => (version > 1 ? [name] : [])));
  const versions = orchestrations.flatMap(({ name, version = 1 }) =>
    versioned.has(name) ? [`version:${versionName(name, version)}`] : [],
  );
  return [...new Set([...names, ...versions])];
}

export class Programs implements UserCode {
  readonly names: readonly string[];
  private readonly entities = new Map<string, EntityProgram>();
  /** All versions by name, the highest version first. */
  private readonly orchestrations = new Map<string, OrchestrationProgram[]>();
  private readonly activities = new Map<string, ActivityProgram>();

  constructor(definitions: readonly Definition[], support: RuntimeSupport, logger: Logger) {
    this.names = announcedNames(definitions);
    for (const definition of definitions) this.add(definition, support, logger);
  }

  private add(definition: Definition, support: RuntimeSupport, logger: Logger): void {
    const { name } = definition;
    switch (definition.kind) {
      case 'entity':
        this.entities.set(name.toLowerCase(), new DefinedEntity(definition, support, logger));
        break;
      case 'orchestration': {
        const versions = this.orchestrations.get(name) ?? [];
        this.orchestrations.set(name, versions);
        versions.push({
          version: definition.version ?? 1,
          start: (run, observer) => new LiveSession(definition, run, support, observer),
        });
        versions.sort((a, b) => b.version - a.version);
        break;
      }
      case 'activity':
        this.activities.set(name, new DefinedActivity(definition, logger, support.limits));
        break;
    }
  }

  entity(name: string): EntityProgram | undefined {
    return this.entities.get(name);
  }

  orchestration(name: string, version?: number): OrchestrationProgram | undefined {
    const versions = this.orchestrations.get(name);
    return version === undefined ? versions?.[0] : versions?.find((program) => program.version === version);
  }

  activity(name: string): ActivityProgram | undefined {
    return this.activities.get(name);
  }
}
