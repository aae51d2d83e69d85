/** Endpoints of orchestrations: lists, details, histories, timelines, explanations, changes, starts and commands. */
import type { RunHandle } from '../../client/index.js';
import type { RunListFilter } from '../../hub/inspected.js';
import { notFound, HttpProblem } from '../problem.js';
import type { RouteParts } from '../route-parts.js';
import { boolean, int, iso, object, oneOf, record, strictObject, string, unknown, type OutputOf } from '../vendor.js';
import { msOf } from '../instants.js';
import { endpoint, type Endpoint } from './endpoint.js';
import {
  detailQuery,
  digits,
  instant,
  listIn,
  orderedQuery,
  pageOf,
  pageQuery,
  repeated,
  runParams,
  runtimeStatus,
  text,
  valueMax,
} from './schemas.js';
import { explanationShape, historyShape, runShape, timelineShape } from './shapes.js';
import { shownEvent, shownExplanation, shownPage, shownRun, shownTimeline } from './show.js';

const tag = 'orchestrations';
const path = '/api/v1/runs/{id}';
const one = { tag, path, params: runParams } as const;

export function runEndpoints(parts: RouteParts): Endpoint[] {
  return [...lists(parts), ...details(parts), ...views(parts), start(parts), ...commands(parts)];
}

/** Conditions of a list of orchestrations. `tag` is `name:value`, and may be repeated. */
export const runConditions = {
  name: text.optional(),
  status: listIn(runtimeStatus).optional(),
  idPrefix: text.optional(),
  createdAfter: instant.optional(),
  createdBefore: instant.optional(),
  endedBefore: instant.optional(),
  parentId: text.optional(),
  tag: repeated(text).optional(),
  idleForMs: digits(0, 1e12).optional(),
  contains: text.min(1).optional(),
};

export const runConditionsSchema = strictObject(runConditions);

export function runListFilter(given: OutputOf<typeof runConditionsSchema>): RunListFilter {
  return {
    name: given.name,
    statuses: given.status,
    idPrefix: given.idPrefix,
    createdFromMs: msOf(given.createdAfter),
    createdToMs: msOf(given.createdBefore),
    endedBeforeMs: msOf(given.endedBefore),
    parent: given.parentId,
    tags: given.tag?.map(tagOf),
    idleForMs: given.idleForMs,
    contains: given.contains,
  };
}

function tagOf(given: string): readonly [string, string] {
  const at = given.indexOf(':');
  if (at > 0) return [given.slice(0, at), given.slice(at + 1)];
  throw new HttpProblem('DE_HTTP_BAD_REQUEST', `${JSON.stringify(given)} is not a tag.`, 'Write name:value.');
}

function lists({ inspector, payloads }: RouteParts): Endpoint[] {
  return [
    endpoint({
      tag,
      method: 'GET',
      path: '/api/v1/runs',
      needs: 'read',
      summary:
        'Lists orchestrations by id. Ids that the library makes begin with the time: `order=desc` gives the newest first.',
      query: strictObject({ ...orderedQuery, ...runConditions }),
      answers: { 200: pageOf(runShape) },
      async handle({ query }) {
        const { cursor, limit, order, ...conditions } = query;
        payloads.checkSearch(conditions.contains);
        const page = await (await inspector()).runs(runListFilter(conditions), { cursor, limit, order });
        return { status: 200, json: shownPage(page, (run) => shownRun(run, payloads)) };
      },
    }),
  ];
}

function details({ inspector, payloads }: RouteParts): Endpoint[] {
  return [
    endpoint({
      ...one,
      method: 'GET',
      needs: 'read',
      summary: 'Shows an orchestration.',
      query: detailQuery,
      answers: { 200: runShape },
      async handle({ params, query }) {
        const run = await (await inspector()).run(params.id, valueMax(query.full));
        if (run === undefined) throw missing(params.id);
        return { status: 200, json: shownRun(run, payloads) };
      },
    }),
    endpoint({
      ...one,
      path: `${path}/history`,
      method: 'GET',
      needs: 'read',
      summary: 'Lists the events of the present execution, the oldest first.',
      query: strictObject({ ...pageQuery, ...detailQuery.shape }),
      answers: { 200: historyShape },
      async handle({ params, query }) {
        const { full, ...page } = query;
        const history = await (await inspector()).history(params.id, { ...page, ...valueMax(full) });
        if (history === undefined) throw missing(params.id);
        const { items, next } = shownPage(history, (event) => shownEvent(event, history, payloads));
        const { instance, name, status, execution, problem } = history;
        const head = { instanceId: instance, name, runtimeStatus: status, execution, problem: problem ?? null };
        return { status: 200, json: { ...head, items, next } };
      },
    }),
  ];
}

function views({ inspector, payloads, live }: RouteParts): Endpoint[] {
  return [
    endpoint({
      ...one,
      path: `${path}/timeline`,
      method: 'GET',
      needs: 'read',
      summary: 'Shows the steps of the present execution as bars, across `depth` levels of sub-orchestrations.',
      query: strictObject({ depth: digits(0, 8).optional() }),
      answers: { 200: timelineShape },
      async handle({ params, query }) {
        const timeline = await (await inspector()).timeline(params.id, query);
        if (timeline === undefined) throw missing(params.id);
        return { status: 200, json: shownTimeline(timeline) };
      },
    }),
    endpoint({
      ...one,
      path: `${path}/explain`,
      method: 'GET',
      needs: 'read',
      summary: 'Explains why an orchestration does not move.',
      answers: { 200: explanationShape },
      async handle({ params }) {
        return { status: 200, json: shownExplanation(await (await inspector()).explain(params.id)) };
      },
    }),
    endpoint({
      ...one,
      path: `${path}/changes`,
      method: 'GET',
      needs: 'read',
      summary: 'Streams the orchestration, now and after each change (server-sent events `run`, at most 4 a second).',
      answers: { 200: 'text/event-stream' },
      async handle({ params }) {
        const from = await inspector();
        return live.follow(from, params.id, 'run', async () => {
          const run = await from.run(params.id);
          return run === undefined ? null : shownRun(run, payloads);
        });
      },
    }),
  ];
}

const startBody = strictObject({
  orchestration: text.min(1),
  input: unknown().optional(),
  instanceId: text.min(1).optional(),
  version: int().min(1).optional(),
  scheduledTime: iso.datetime({ offset: true }).optional(),
  tags: record(string().max(512), string().max(4_096)).optional(),
  customStatus: unknown().optional(),
  whenEnded: oneOf(['sameInput', 'startAgain', 'reuseResult', 'refuse']).optional(),
});

const named = object({ instanceId: string() });

/** How long a write waits until it is durable. */
const writeMs = 60_000;

function start({ options: { client } }: RouteParts): Endpoint {
  return endpoint({
    tag,
    method: 'POST',
    path: '/api/v1/runs',
    needs: 'write',
    summary: 'Starts an orchestration. A repeat with the same id, orchestration and input is the same run.',
    body: startBody,
    answers: { 202: named },
    async handle({ body, exchange }) {
      const { orchestration, scheduledTime, ...rest } = body;
      const time = scheduledTime === undefined ? {} : { scheduledTime: new Date(scheduledTime) };
      const { instanceId } = await client.startNew(orchestration, { ...rest, ...time, timeout: writeMs });
      const location = `${exchange.base}/api/v1/runs/${encodeURIComponent(instanceId)}`;
      return { status: 202, headers: { location }, json: { instanceId } };
    },
  });
}

const reason = strictObject({ reason: text.optional() });
const children = { children: boolean().optional() };
const wait = { timeout: writeMs };

function commands({ options: { client } }: RouteParts): Endpoint[] {
  // The name plays no part in commands: the id alone names the instance.
  const handle = (id: string): RunHandle => client.run('any', id);
  const command = { ...one, method: 'POST', needs: 'write', answers: { 200: named } } as const;
  const done = async (id: string, work: Promise<unknown>) => {
    await work;
    return { status: 200, json: { instanceId: id } };
  };
  return [
    endpoint({
      ...command,
      path: `${path}/event`,
      summary: 'Raises an event.',
      body: strictObject({ name: text.min(1), value: unknown().optional() }),
      handle: ({ params: { id }, body }) => done(id, handle(id).raiseEvent(body.name, body.value, wait)),
    }),
    endpoint({
      ...command,
      path: `${path}/terminate`,
      summary: 'Ends the run. `children` also ends its sub-orchestrations.',
      body: strictObject({ ...reason.shape, ...children }),
      handle: ({ params: { id }, body }) =>
        done(id, handle(id).terminate(body.reason, { ...wait, children: body.children })),
    }),
    endpoint({
      ...command,
      path: `${path}/suspend`,
      summary: 'Suspends the run until it is resumed.',
      body: reason,
      handle: ({ params: { id }, body }) => done(id, handle(id).suspend(body.reason, wait)),
    }),
    endpoint({
      ...command,
      path: `${path}/resume`,
      summary: 'Resumes a suspended run.',
      body: strictObject({}),
      handle: ({ params: { id } }) => done(id, handle(id).resume(wait)),
    }),
    endpoint({
      ...command,
      path: `${path}/rewind`,
      summary: 'Runs the failed steps of a failed run again.',
      body: reason,
      handle: ({ params: { id }, body }) => done(id, handle(id).rewind(body.reason, wait)),
    }),
    endpoint({
      ...command,
      path: `${path}/restart`,
      summary:
        'Starts the run again with its input. `newInstanceId` starts another run. The answer has the id of the run.',
      body: strictObject({ newInstanceId: boolean().optional() }),
      async handle({ params: { id }, body }) {
        const { instanceId } = await handle(id).restart({ ...wait, newInstanceId: body.newInstanceId });
        return { status: 200, json: { instanceId } };
      },
    }),
    endpoint({
      ...command,
      path: `${path}/purge`,
      summary: 'Deletes an ended run and its history. `children` also deletes its sub-orchestrations.',
      body: strictObject(children),
      handle: ({ params: { id }, body }) => done(id, handle(id).purge({ ...wait, children: body.children })),
    }),
  ];
}

function missing(id: string): HttpProblem {
  return notFound(`No orchestration has the id ${JSON.stringify(id)}.`);
}
