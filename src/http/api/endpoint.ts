/** Endpoints of the own API: rows of one table, with schemas that check requests and describe answers (OpenAPI). */
import type { Answer, Exchange, Route } from '../exchange.js';
import { HttpProblem } from '../problem.js';
import { strictObject, type OutputOf, type ZodObject, type ZodType } from '../vendor.js';

const nothing = strictObject({});

/** An endpoint. `{name}` in the path is a parameter. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly needs: Route['needs'];
  readonly anyHost?: true | undefined;
  /** Group in the description. */
  readonly tag: string;
  /** A sentence that begins with a verb. */
  readonly summary: string;
  readonly params: ZodObject;
  readonly query: ZodObject;
  /** `undefined` if the endpoint takes no body. */
  readonly body: ZodType | undefined;
  /** By status: the schema of the JSON, or the media type of other content. */
  readonly answers: Readonly<Record<number, ZodType | string>>;
  readonly handle: (call: Call) => Answer | Promise<Answer>;
}

/** A checked request. */
export interface Call<Params = unknown, Query = unknown, Body = unknown> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly exchange: Exchange;
}

/** An endpoint as a table writes it: parts that it lacks are left out. */
interface Given<Params extends ZodObject, Query extends ZodObject, Body extends ZodType> {
  readonly method: Endpoint['method'];
  readonly path: string;
  readonly needs: Route['needs'];
  readonly anyHost?: true;
  readonly tag: string;
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly answers: Endpoint['answers'];
  handle(call: Call<OutputOf<Params>, OutputOf<Query>, OutputOf<Body>>): Answer | Promise<Answer>;
}

/** Makes an endpoint whose handler has the types of its schemas. */
export function endpoint<Params extends ZodObject, Query extends ZodObject, Body extends ZodType>(
  given: Given<Params, Query, Body>,
): Endpoint {
  return {
    ...given,
    anyHost: given.anyHost,
    params: given.params ?? nothing,
    query: given.query ?? nothing,
    body: given.body,
    handle: (call) => given.handle(call as Call<OutputOf<Params>, OutputOf<Query>, OutputOf<Body>>),
  };
}

/** The route of an endpoint. */
export function routeOf(one: Endpoint): Route {
  return {
    method: one.method,
    path: one.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    needs: one.needs,
    surface: 'api',
    ...(one.anyHost === true && { anyHost: true }),
    async handle(exchange) {
      const params = checked(one.params, exchange.params, 'path');
      const query = checked(one.query, fieldsOf(exchange.query), 'query');
      const body = one.body === undefined ? undefined : checked(one.body, (await exchange.body()) ?? {}, 'body');
      return one.handle({ params, query, body, exchange });
    },
  };
}

/** @throws HttpProblem that names the first wrong field */
function checked<Type extends ZodType>(schema: Type, value: unknown, where: string): OutputOf<Type> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = (issue?.path ?? []).map(String).join('.').slice(0, 200);
  throw new HttpProblem(
    'DE_HTTP_BAD_REQUEST',
    `Invalid ${where}${path === '' ? '' : ` (${path})`}: ${(issue?.message ?? 'it does not fit').slice(0, 500)}.`,
    'The description of the API is at /api/v1/openapi.json.',
  );
}

/** The fields of a query. A repeated one is an array. */
function fieldsOf(query: URLSearchParams): Record<string, string | string[]> {
  const fields = new Map<string, string | string[]>();
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    fields.set(name, values.length === 1 ? (values[0] as string) : values);
  }
  return Object.fromEntries(fields);
}
