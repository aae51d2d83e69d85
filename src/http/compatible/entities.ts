/** Signals to entities, reads of their states, and lists of entities. */
import type { HubClient } from '../../client/hub-client.js';
import type { EntityQuery, EntitySummary } from '../../client/entity-query.js';
import { InvalidArgumentError, InvalidEntityIdError, UnknownEntityError } from '../../errors/index.js';
import { quoted } from '../../errors/text.js';
import { EntityId } from '../../model/entity-id.js';
import type { Answer } from '../exchange.js';
import type { PayloadPlace } from '../options.js';
import { HttpProblem } from '../problem.js';
import { accepted, refusedAs, type CompatibleRequest } from './answers.js';
import { listPage, pageAnswer, pageOf } from './pages.js';
import type { ShowValue } from './shown-value.js';

export class Entities {
  constructor(
    private readonly client: HubClient,
    private readonly show: ShowValue,
  ) {}

  /** The state alone, as a JSON value. */
  async read(name: string, key: string): Promise<Answer> {
    try {
      const id = new EntityId(name, key);
      const { entityExists, entityState } = await this.client.readEntityState(id);
      if (!entityExists) throw entityNotFound(id);
      return { status: 200, json: this.show(entityState, placeOf(id)) };
    } catch (error) {
      return refusedAs(404, error, UnknownEntityError);
    }
  }

  async signal({ exchange, parameters }: CompatibleRequest, name: string, key: string): Promise<Answer> {
    const operation = exchange.method === 'DELETE' ? 'delete' : parameters.text('op');
    if (operation === undefined || operation === '') {
      throw new InvalidArgumentError('op', 'it is missing', 'Give the name of an operation: ?op=add.');
    }
    const input = await exchange.body();
    try {
      await this.client.signalEntity(new EntityId(name, key), operation, input);
      return accepted;
    } catch (error) {
      return refusedAs(400, error, UnknownEntityError, InvalidEntityIdError);
    }
  }

  async list({ exchange, parameters }: CompatibleRequest, name: string | undefined): Promise<Answer> {
    const includeState = parameters.flag('fetchState') ?? false;
    const conditions: EntityQuery = {
      name,
      modifiedSince: parameters.instantMs('lastOperationTimeFrom'),
      modifiedBefore: parameters.untilMs('lastOperationTimeTo'),
      includeState,
    };
    try {
      const query = this.client.queryEntities(conditions);
      const page = await listPage(query, pageOf(exchange, parameters), (entity) => this.summary(entity, includeState));
      return pageAnswer(page);
    } catch (error) {
      if (error instanceof UnknownEntityError) return { status: 200, json: [] };
      throw error;
    }
  }

  private summary({ entityId, lastModified, entityState, error }: EntitySummary, includeState: boolean): object {
    return {
      entityId: { name: entityId.name, key: entityId.key },
      lastOperationTime: lastModified.toISOString(),
      ...(includeState && { state: this.show(entityState, placeOf(entityId)) }),
      // Clients of Azure do not read this field.
      ...(error !== undefined && { problem: { code: error.code, message: error.message } }),
    };
  }
}

function placeOf(id: EntityId): PayloadPlace {
  return { kind: 'state', instance: id.toString(), name: id.name };
}

function entityNotFound(id: EntityId): HttpProblem {
  return new HttpProblem(
    'DE_HTTP_NOT_FOUND',
    `Entity ${quoted(id.toString())} does not exist.`,
    'Its first operation creates it.',
  );
}
