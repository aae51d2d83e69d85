import { EntityId } from '../model/entity-id.js';
import type { EntityDefinition } from '../functions/definitions.js';
import type { EntityCell, EntityProgram } from '../ports/user-code.js';
import { LiveEntityCell } from './entity-cell.js';
import type { RuntimeSupport } from './support.js';

/** Runs an entity definition. */
export class DefinedEntity implements EntityProgram {
  readonly effects: 'none' | 'external';

  constructor(
    readonly definition: EntityDefinition,
    readonly support: RuntimeSupport,
  ) {
    this.effects = definition.options.effects ?? 'external';
  }

  open(id: string, state: string | undefined): EntityCell {
    return new LiveEntityCell(this, EntityId.parse(id), state);
  }
}
