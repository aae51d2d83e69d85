/** User code as the engine runs it: programs made from definitions. */
import type { ActivityDefinition, EntityDefinition, OrchestrationDefinition } from '../functions/definitions.js';
import type { Logger } from '../ports/log.js';
import type { ActivityProgram, EntityProgram, OrchestrationProgram, UserCode } from '../ports/user-code.js';
import { DefinedActivity } from './activity-program.js';
import { DefinedEntity } from './entity-program.js';
import { LiveSession } from './orchestration-session.js';
import type { RuntimeSupport } from './support.js';

/** What was registered: each name once per kind. */
export type Definition = EntityDefinition | OrchestrationDefinition | ActivityDefinition;

/** The names under which a task hub knows these definitions. Entity names are compared in lower case. */
export function announcedNames(definitions: readonly Definition[]): string[] {
  return definitions.map(({ kind, name }) => `${kind}:${kind === 'entity' ? name.toLowerCase() : name}`);
}

export class Programs implements UserCode {
  readonly names: readonly string[];
  private readonly entities = new Map<string, EntityProgram>();
  private readonly orchestrations = new Map<string, OrchestrationProgram>();
  private readonly activities = new Map<string, ActivityProgram>();

  constructor(definitions: readonly Definition[], support: RuntimeSupport, logger: Logger) {
    this.names = announcedNames(definitions);
    for (const definition of definitions) this.add(definition, support, logger);
  }

  private add(definition: Definition, support: RuntimeSupport, logger: Logger): void {
    const { name } = definition;
    switch (definition.kind) {
      case 'entity':
        this.entities.set(name.toLowerCase(), new DefinedEntity(definition, support));
        break;
      case 'orchestration':
        this.orchestrations.set(name, {
          start: (run, observer) => new LiveSession(definition, run, support, observer),
        });
        break;
      case 'activity':
        this.activities.set(name, new DefinedActivity(definition, logger, support.limits));
        break;
    }
  }

  entity(name: string): EntityProgram | undefined {
    return this.entities.get(name);
  }

  orchestration(name: string): OrchestrationProgram | undefined {
    return this.orchestrations.get(name);
  }

  activity(name: string): ActivityProgram | undefined {
    return this.activities.get(name);
  }
}
