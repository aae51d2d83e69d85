/** Endpoints of entities: lists, details, what waits, explanations, changes, and messages to them. */
import type { ClientSignalOptions } from '../../client/index.js';
import { EntityId } from '../../model/entity-id.js';
import type { Duration } from '../../model/duration.js';
import { notFound } from '../problem.js';
import type { RouteParts } from '../route-parts.js';
import { boolean, int, iso, object, oneOf, strictObject, string, union, unknown, type OutputOf } from '../vendor.js';
import { msOf } from '../instants.js';
import { endpoint, type Endpoint } from './endpoint.js';
import { keyOf } from './entity-key.js';
import {
  detailQuery,
  entityParams,
  flag,
  orderedQuery,
  pageOf,
  pageQuery,
  text,
  valueMax,
  instant,
} from './schemas.js';
import { entityDetailShape, entityShape, explanationShape, messageShape } from './shapes.js';
import { payloadSchema } from '../payloads.js';
import { shownDetail, shownEntity, shownExplanation, shownMessage, shownPage } from './show.js';

const tag = 'entities';
const path = '/api/v1/entities/{name}/{key}';
const one = { tag, path, params: entityParams } as const;

/** `{ ms }` or a text such as `30s`. */
export const duration = union([int().min(0), string().max(50)]);

/** The longest wait for the answer of a call. */
const callMsMax = 60_000;

function idOf(params: OutputOf<typeof entityParams>): EntityId {
  return new EntityId(params.name, keyOf(params.key));
}

export function entityEndpoints(parts: RouteParts): Endpoint[] {
  return [...reads(parts), ...views(parts), ...writes(parts)];
}

function reads({ inspector, payloads }: RouteParts): Endpoint[] {
  return [
    endpoint({
      tag,
      method: 'GET',
      path: '/api/v1/entities',
      needs: 'read',
      summary:
        'Lists entities by id. `locked`, `lockedBy`, `waiting` and `contains` scan: a page may be empty before the last one. `backlog` is null while more than 2,000 messages wait in the task hub.',
      query: strictObject({
        ...orderedQuery,
        name: text.optional(),
        keyPrefix: text.optional(),
        locked: flag.optional(),
        lockedBy: text.optional(),
        waiting: flag.optional(),
        modifiedSince: instant.optional(),
        modifiedBefore: instant.optional(),
        contains: text.min(1).optional(),
      }),
      answers: { 200: pageOf(entityShape) },
      async handle({ query }) {
        const { cursor, limit, order, modifiedSince, modifiedBefore, ...filter } = query;
        payloads.checkSearch(filter.contains);
        const times = { updatedFromMs: msOf(modifiedSince), updatedToMs: msOf(modifiedBefore) };
        const page = await (await inspector()).entities({ ...filter, ...times }, { cursor, limit, order });
        return { status: 200, json: shownPage(page, (entity) => shownEntity(entity, payloads)) };
      },
    }),
    endpoint({
      ...one,
      method: 'GET',
      needs: 'read',
      summary:
        'Shows an entity: state, version, lock, and how many messages wait. The empty key is written `?key=`, without its segment.',
      query: detailQuery,
      answers: { 200: entityDetailShape },
      async handle({ params, query }) {
        const id = idOf(params).toString();
        const entity = await (await inspector()).entity(id, valueMax(query.full));
        if (entity === undefined)
          throw notFound(`The entity ${JSON.stringify(id)} has no row, and no message waits for it.`);
        return { status: 200, json: shownDetail(entity, payloads) };
      },
    }),
  ];
}

function views({ inspector, payloads, live }: RouteParts): Endpoint[] {
  return [
    endpoint({
      ...one,
      path: `${path}/messages`,
      method: 'GET',
      needs: 'read',
      summary: 'Lists the messages that wait for an entity, in their order, then the scheduled ones.',
      query: strictObject(pageQuery),
      answers: { 200: pageOf(messageShape) },
      async handle({ params, query }) {
        const id = idOf(params);
        const page = await (await inspector()).messages(id.toString(), query);
        const target = { instance: id.toString(), name: id.name };
        return { status: 200, json: shownPage(page, (message) => shownMessage(message, target, payloads)) };
      },
    }),
    endpoint({
      ...one,
      path: `${path}/explain`,
      method: 'GET',
      needs: 'read',
      summary: 'Explains why an entity does not move.',
      answers: { 200: explanationShape },
      async handle({ params }) {
        const id = idOf(params).toString();
        return { status: 200, json: shownExplanation(await (await inspector()).explain(id)) };
      },
    }),
    endpoint({
      ...one,
      path: `${path}/changes`,
      method: 'GET',
      needs: 'read',
      summary: 'Streams the entity, now and after each change (server-sent events `entity`, at most 4 a second).',
      answers: { 200: 'text/event-stream' },
      async handle({ params }) {
        const id = idOf(params).toString();
        const from = await inspector();
        return live.follow(from, id, 'entity', async () => {
          const entity = await from.entity(id);
          return entity === undefined ? null : shownDetail(entity, payloads);
        });
      },
    }),
  ];
}

const message = {
  operation: text.min(1),
  input: unknown().optional(),
  requestId: text.min(1).optional(),
};

const signalBody = strictObject({
  ...message,
  scheduledTime: iso.datetime({ offset: true }).optional(),
  name: text.min(1).optional(),
  every: duration.optional(),
});

const callBody = strictObject({
  ...message,
  timeout: int().min(1).max(callMsMax).optional(),
  consistency: oneOf(['ordered', 'committed']).optional(),
});

function writes({ options: { client }, payloads }: RouteParts): Endpoint[] {
  return [
    endpoint({
      ...one,
      path: `${path}/signal`,
      method: 'POST',
      needs: 'write',
      summary: 'Sends a one-way operation. The answer comes when it is durable.',
      body: signalBody,
      answers: { 202: object({ ticket: string() }) },
      async handle({ params, body }) {
        const { operation, input, scheduledTime, every, ...rest } = body;
        const sent: ClientSignalOptions = {
          ...rest,
          ...(scheduledTime !== undefined && { scheduledTime: new Date(scheduledTime) }),
          ...(every !== undefined && { every: every as Duration }),
          timeout: callMsMax,
        };
        const ticket = await client.signalEntity(idOf(params), operation, input, sent);
        return { status: 202, json: { ticket } };
      },
    }),
    endpoint({
      ...one,
      path: `${path}/call`,
      method: 'POST',
      needs: 'write',
      summary:
        'Calls an operation and answers with its result. `timeout` is in ms, at most 60,000 (default 30,000), and cancels nothing.',
      body: callBody,
      answers: { 200: object({ result: payloadSchema }) },
      async handle({ params, body }) {
        const { operation, input, timeout = 30_000, ...rest } = body;
        const id = idOf(params);
        const where = { kind: 'output', instance: id.toString(), name: id.name } as const;
        try {
          const result = await client.callEntity(id, operation, input, { ...rest, timeout });
          return { status: 200, json: { result: payloads.ofValue(result, where) } };
        } catch (error) {
          return payloads.hiddenFailure(error);
        }
      },
    }),
    endpoint({
      ...one,
      path: `${path}/cancel`,
      method: 'POST',
      needs: 'write',
      summary: 'Cancels the scheduled signal of this name.',
      body: strictObject({ name: text.min(1) }),
      answers: { 200: object({ cancelled: boolean() }) },
      async handle({ params, body }) {
        const id = idOf(params);
        return { status: 200, json: { cancelled: await client.cancelSignal(id, body.name, { timeout: callMsMax }) } };
      },
    }),
  ];
}
