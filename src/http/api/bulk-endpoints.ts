/** Endpoints of bulk work: first the number (dry run), then the work with its progress. */
import type { RunHandle } from '../../client/index.js';
import { BulkWork, sliceMax, type BulkSource } from '../bulk-work.js';
import { HttpProblem, notFound } from '../problem.js';
import type { RouteParts } from '../route-parts.js';
import { array, boolean, int, literal, object, oneOf, strictObject, string, union, type OutputOf } from '../vendor.js';
import { endpoint, type Endpoint } from './endpoint.js';
import { runConditions, runListFilter } from './run-endpoints.js';
import { text } from './schemas.js';

const common = {
  dryRun: boolean().optional(),
  /** The work ends when it has acted on this many items. */
  atMost: int().min(1).max(1_000_000).optional(),
  reason: text.optional(),
};

const runsBody = strictObject({
  ...common,
  select: strictObject({ kind: literal('runs'), ...runConditions }),
  action: oneOf(['terminate', 'suspend', 'resume', 'rewind', 'restart', 'purge']),
});

const lettersBody = strictObject({
  ...common,
  select: strictObject({ kind: literal('deadLetters'), target: text.optional() }),
  action: oneOf(['retry', 'discard']),
});

const body = union([runsBody, lettersBody]);

const progressShape = object({
  id: string(),
  action: string(),
  state: oneOf(['running', 'done', 'cancelled', 'failed']),
  selected: int().nullable(),
  done: int(),
  failed: int(),
  errors: array(
    object({ id: string(), error: object({ code: string(), message: string(), hint: string().optional() }) }),
  ),
});

/** Without another limit, a work ends after this many items. */
const atMostOtherwise = 100_000;
/** The maximum number of items that a dry run counts. */
const countedMax = 10_000;

const path = '/api/v1/bulk/{id}';
const params = strictObject({ id: text });
const tag = 'bulk';

export function bulkEndpoints(parts: RouteParts): Endpoint[] {
  const { bulk, streams } = parts;
  const found = (id: string) => {
    const work = bulk.get(id);
    if (work === undefined) throw notFound(`There is no bulk work ${JSON.stringify(id)}.`);
    return work;
  };
  return [
    begin(parts),
    endpoint({
      tag,
      path,
      params,
      method: 'GET',
      needs: 'read',
      summary:
        'Shows the progress of a bulk work, or streams it (server-sent events `progress`) if the request accepts text/event-stream.',
      answers: { 200: progressShape },
      handle({ params: { id }, exchange }) {
        const work = found(id);
        if (exchange.request.headers.accept?.includes('text/event-stream') !== true)
          return { status: 200, json: work.progress };
        return streams.answer((stream) => {
          const tell = () => {
            stream.send('progress', work.progress);
            if (work.progress.state !== 'running') stream.end();
          };
          const stop = work.onProgress(tell);
          tell();
          return stop;
        });
      },
    }),
    endpoint({
      tag,
      path,
      params,
      method: 'DELETE',
      needs: 'write',
      summary: 'Cancels a bulk work after its present slice.',
      answers: { 200: progressShape },
      handle({ params: { id } }) {
        const work = found(id);
        work.cancel();
        return { status: 200, json: work.progress };
      },
    }),
  ];
}

function begin(parts: RouteParts): Endpoint {
  return endpoint({
    tag,
    method: 'POST',
    path: '/api/v1/bulk',
    needs: 'write',
    summary:
      'Counts what a filter selects (`dryRun`, up to 10,000), or begins to act on all of it in slices of 100. One work runs at a time.',
    body,
    answers: { 200: object({ selected: int(), more: boolean() }), 202: progressShape },
    async handle({ body: asked, exchange }) {
      const { dryRun, atMost = atMostOtherwise, action } = asked;
      if (asked.select.kind === 'runs') parts.payloads.checkSearch(asked.select.contains);
      const source =
        asked.select.kind === 'runs' ? runSource(parts, asked as RunsBody) : letterSource(parts, asked as LettersBody);
      const { count, more } = await counted(source);
      if (dryRun === true) return { status: 200, json: { selected: count, more } };
      const work = new BulkWork(source, { action, selected: more ? null : count, atMost });
      parts.bulk.begin(work);
      const location = `${exchange.base}/api/v1/bulk/${work.id}`;
      return { status: 202, headers: { location }, json: work.progress };
    },
  });
}

type RunsBody = OutputOf<typeof runsBody>;
type LettersBody = OutputOf<typeof lettersBody>;

/** Counts by reading pages, so that a dry run and the work find the same. */
async function counted(source: BulkSource): Promise<{ count: number; more: boolean }> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const { ids, next } = await source.slice(cursor);
    count += ids.length;
    cursor = next;
  } while (cursor !== undefined && count < countedMax);
  return { count, more: cursor !== undefined };
}

function runSource({ inspector, options: { client } }: RouteParts, { select, action, reason }: RunsBody): BulkSource {
  const { kind: _, ...conditions } = select;
  if (Object.values(conditions).every((condition) => condition === undefined)) {
    const message = 'A bulk work on orchestrations needs a condition.';
    throw new HttpProblem('DE_HTTP_BAD_REQUEST', message, 'Give `status`, `name`, `idPrefix` or another condition.');
  }
  const filter = runListFilter(conditions);
  return {
    async slice(cursor) {
      const { items, next } = await (await inspector()).runs(filter, { cursor, limit: sliceMax, valueMax: 0 });
      return { ids: items.map(({ id }) => id), next };
    },
    act: (id) => actOn(client.run('any', id), action, reason),
  };
}

function actOn(run: RunHandle, action: RunsBody['action'], reason: string | undefined): Promise<unknown> {
  switch (action) {
    case 'terminate':
      return run.terminate(reason);
    case 'suspend':
      return run.suspend(reason);
    case 'resume':
      return run.resume();
    case 'rewind':
      return run.rewind(reason);
    case 'restart':
      return run.restart();
    case 'purge':
      return run.purge();
  }
}

function letterSource({ inspector, options: { client } }: RouteParts, { select, action }: LettersBody): BulkSource {
  return {
    async slice(cursor) {
      const page = await (
        await inspector()
      ).deadLetters({ target: select.target }, { cursor, limit: sliceMax, valueMax: 0 });
      return { ids: page.items.map(({ id }) => String(id)), next: page.next };
    },
    async act(id) {
      const letters = client.deadLetters();
      const found = await (action === 'retry' ? letters.retry(Number(id)) : letters.discard(Number(id)));
      if (!found) throw notFound(`There is no dead letter ${id}.`);
    },
  };
}
