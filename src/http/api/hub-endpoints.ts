/** Endpoints of the whole task hub: overview, locks, dead letters, workers, partitions, types, statistics, live events, metrics. */
import type { WorkerEntry } from '../../hub/inspector.js';
import { metricsText } from '../metrics.js';
import { notFound } from '../problem.js';
import type { RouteParts } from '../route-parts.js';
import { array, int, literal, object, preprocess, strictObject } from '../vendor.js';
import { endpoint, type Endpoint } from './endpoint.js';
import { listIn, pageOf, pageQuery, text } from './schemas.js';
import { deadLetterShape, lockShape, overviewShape, partitionShape, typesShape, workerShape } from './shapes.js';
import { statisticsShape } from './statistics-shape.js';
import { shownDeadLetter, shownLock, shownOverview, shownPage, shownTypes } from './show.js';

const tag = 'task hub';
const read = { tag, method: 'GET', needs: 'read' } as const;

export function hubEndpoints(parts: RouteParts): Endpoint[] {
  return [...glances(parts), ...locksAndLetters(parts), ...figures(parts)];
}

function glances({ inspector }: RouteParts): Endpoint[] {
  return [
    endpoint({
      ...read,
      path: '/api/v1/overview',
      summary: 'Shows the task hub at a glance. Counts are at most 5 s old.',
      answers: { 200: overviewShape },
      handle: async () => ({ status: 200, json: shownOverview(await (await inspector()).overview()) }),
    }),
    endpoint({
      ...read,
      path: '/api/v1/types',
      summary: 'Lists entities, orchestrations and activities that workers have registered.',
      answers: { 200: typesShape },
      handle: async () => ({ status: 200, json: shownTypes(await (await inspector()).types()) }),
    }),
    endpoint({
      ...read,
      path: '/api/v1/workers',
      summary: 'Lists workers and clients, living and dead, the newest first.',
      query: strictObject(pageQuery),
      answers: { 200: pageOf(workerShape) },
      async handle({ query }) {
        const page = await (await inspector()).workers(query);
        return { status: 200, json: shownPage(page, (worker: WorkerEntry) => worker) };
      },
    }),
    endpoint({
      ...read,
      path: '/api/v1/partitions',
      summary: 'Lists all partitions with their owners.',
      answers: { 200: object({ items: array(partitionShape) }) },
      async handle() {
        const partitions = await (await inspector()).partitions();
        const items = partitions.map(({ owner, live, ...rest }) => ({
          ...rest,
          owner: owner ?? null,
          live: live ?? null,
        }));
        return { status: 200, json: { items } };
      },
    }),
  ];
}

const letterParams = strictObject({
  id: preprocess((given) => (typeof given === 'string' && /^-?\d{1,16}$/.test(given) ? Number(given) : given), int()),
});

function locksAndLetters({ inspector, payloads, options: { client } }: RouteParts): Endpoint[] {
  const letter = { tag, method: 'POST', needs: 'write', params: letterParams, body: strictObject({}) } as const;
  const answers = { 200: object({ done: literal(true) }) };
  const done = async (id: number, work: Promise<boolean>) => {
    if (!(await work)) throw notFound(`There is no dead letter ${id}.`);
    return { status: 200, json: { done: true } };
  };
  return [
    endpoint({
      ...read,
      path: '/api/v1/locks',
      summary:
        'Lists locked entities with holders and waiters, the longest held first. Locks are requested in one order: no cycles exist.',
      query: strictObject(pageQuery),
      answers: { 200: pageOf(lockShape) },
      handle: async ({ query }) => ({
        status: 200,
        json: shownPage(await (await inspector()).locks(query), shownLock),
      }),
    }),
    endpoint({
      ...read,
      path: '/api/v1/dead-letters',
      summary: 'Lists dead letters, the oldest first. `target` is `@name@key`, or `@name@` for all entities of a name.',
      query: strictObject({ ...pageQuery, target: text.optional() }),
      answers: { 200: pageOf(deadLetterShape) },
      async handle({ query: { target, ...page } }) {
        const letters = await (await inspector()).deadLetters({ target }, page);
        return { status: 200, json: shownPage(letters, (one) => shownDeadLetter(one, payloads)) };
      },
    }),
    endpoint({
      ...letter,
      path: '/api/v1/dead-letters/{id}/retry',
      summary: 'Sends the message of a dead letter again, one-way.',
      answers,
      handle: ({ params: { id } }) => done(id, client.deadLetters().retry(id)),
    }),
    endpoint({
      ...letter,
      path: '/api/v1/dead-letters/{id}/discard',
      summary: 'Deletes a dead letter.',
      answers,
      handle: ({ params: { id } }) => done(id, client.deadLetters().discard(id)),
    }),
  ];
}

function figures({ inspector, live, options }: RouteParts): Endpoint[] {
  const metrics = ['', '/api/v1'].map((begin) =>
    endpoint({
      ...read,
      path: `${begin}/metrics`,
      summary: 'Shows the statistics of this process as Prometheus text.',
      answers: { 200: 'text/plain' },
      async handle() {
        const content = metricsText(await (await inspector()).statistics(), options.status?.());
        return { status: 200, text: { type: 'text/plain; version=0.0.4; charset=utf-8', content } };
      },
    }),
  );
  return [
    endpoint({
      ...read,
      path: '/api/v1/stats',
      summary:
        'Shows the statistics of this process: rates, latencies and sizes by name. `null` in a process without a host.',
      answers: { 200: object({ statistics: statisticsShape.nullable() }) },
      handle: async () => ({ status: 200, json: { statistics: (await (await inspector()).statistics()) ?? null } }),
    }),
    endpoint({
      ...read,
      path: '/api/v1/live',
      summary:
        'Streams changed instances (server-sent events `changes`, at most 4 a second) and rates (`rates`, each second). A process without the worker sees changes of `ids` only.',
      query: strictObject({ ids: listIn(text).optional() }),
      answers: { 200: 'text/event-stream' },
      handle: async ({ query }) => live.all(await inspector(), query.ids ?? []),
    }),
    ...metrics,
  ];
}
