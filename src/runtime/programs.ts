/** User code as the engine runs it: programs made from definitions. */
import type { ActivityDefinition, EntityDefinition, OrchestrationDefinition } from '../functions/definitions.js';
import type { Logger } from '../ports/log.js';
import type { ActivityProgram, EntityProgram, OrchestrationProgram, UserCode } from '../ports/user-code.js';
import { DefinedActivity } from './activity-program.js';
import { DefinedEntity } from './entity-program.js';
import { LiveSession } from './orchestration-session.js';
import type { RuntimeSupport } from './support.js';

/** Definitions as registered: entity names in lower case, each name once. */
export interface Definitions {
  readonly entities: readonly EntityDefinition[];
  readonly orchestrations: readonly OrchestrationDefinition[];
  readonly activities: readonly ActivityDefinition[];
}

/** The names under which a task hub knows these definitions. */
export function announcedNames(definitions: Definitions): string[] {
  return [
    ...definitions.entities.map(({ name }) => `entity:${name.toLowerCase()}`),
    ...definitions.orchestrations.map(({ name }) => `orchestration:${name}`),
    ...definitions.activities.map(({ name }) => `activity:${name}`),
  ];
}

export class Programs implements UserCode {
  readonly names: readonly string[];
  private readonly entities: ReadonlyMap<string, EntityProgram>;
  private readonly orchestrations: ReadonlyMap<string, OrchestrationProgram>;
  private readonly activities: ReadonlyMap<string, ActivityProgram>;

  constructor(definitions: Definitions, support: RuntimeSupport, logger: Logger) {
    this.names = announcedNames(definitions);
    this.entities = new Map(
      definitions.entities.map((definition) => [
        definition.name.toLowerCase(),
        new DefinedEntity(definition, support),
      ]),
    );
    this.orchestrations = new Map(
      definitions.orchestrations.map((definition) => [
        definition.name,
        { start: (run, observer) => new LiveSession(definition, run, support, observer) },
      ]),
    );
    this.activities = new Map(
      definitions.activities.map((definition) => [definition.name, new DefinedActivity(definition, logger)]),
    );
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
