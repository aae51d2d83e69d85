/** The handler: a function of node's requests and responses, which mounts into node:http, Express, Fastify and NestJS. */
import type { ServerResponse } from 'node:http';
import { consoleLogger } from '../host/console-logger.js';
import { NodeClock } from '../host/node-clock.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/log.js';
import { Access } from './access.js';
import { writeAnswer } from './answer-writer.js';
import { readBody } from './body.js';
import { checkHost, checkSite } from './cross-site.js';
import { DashboardFiles } from './dashboard-files.js';
import { withKeySegment } from './api/entity-key.js';
import { BulkWorks } from './bulk-work.js';
import { EventStreams } from './event-streams.js';
import type { Answer, Caller, Exchange, Route } from './exchange.js';
import { LiveFeed } from './live-feed.js';
import { isHttps, placeOf, slashed, type FrameworkRequest, type Place } from './mount-point.js';
import { checkHandlerOptions, type CheckedOptions, type HandlerOptions } from './options.js';
import { Payloads } from './payloads.js';
import { HttpProblem, notFound, problemAnswer, statusOfError } from './problem.js';
import { Router, type FoundRoute } from './router.js';
import { routeTables } from './route-tables.js';

/** The maximum length of a path with its query, in bytes. */
const urlBytesMax = 8_192;
const bodyLimits = { bytesMax: 1_048_576, timeoutMs: 30_000 };

/** A handler of requests. Requests outside of the mount point go to `next`, or get 404 without it. */
export interface DurableHandler {
  (request: FrameworkRequest, response: ServerResponse, next?: (error?: unknown) => void): void;
  /** Makes a key that a browser can exchange once, within an hour, for a session: `http://127.0.0.1:7071/#k=KEY`. */
  oneTimeKey(): string;
  /** Ends all streams of events, and cancels bulk work. Other requests are still served. Call it before the server closes. */
  close(): void;
}

/**
 * Makes a handler for the dashboard, the API `/api/v1`, and the API that clients of Durable Functions speak. Callers on this machine may
 * read, and nobody may write, unless the options say so. @throws InvalidArgumentError
 */
export function createHandler(options: HandlerOptions): DurableHandler {
  return makeHandler(options, { clock: new NodeClock(), files: new DashboardFiles() });
}

/** Parts that tests replace. */
export interface HandlerParts {
  readonly clock: Clock;
  readonly files: DashboardFiles;
}

export function makeHandler(given: HandlerOptions, parts: HandlerParts): DurableHandler {
  const handler = new Handler(checkHandlerOptions(given), parts);
  const handle: DurableHandler = (request, response, next) => void handler.handle(request, response, next);
  handle.oneTimeKey = () => handler.access.sessions.issueKey(handler.access.keyHolder);
  handle.close = () => {
    handler.streams.close();
    handler.bulk.close();
  };
  return handle;
}

class Handler {
  readonly access: Access;
  readonly streams: EventStreams;
  readonly bulk = new BulkWorks();
  private readonly routes: () => readonly Route[];
  private router: Router | undefined;
  private readonly logger: Logger;

  constructor(
    private readonly options: CheckedOptions,
    private readonly parts: HandlerParts,
  ) {
    const { clock } = parts;
    this.logger = options.logger ?? consoleLogger;
    this.access = new Access(options, clock);
    this.streams = new EventStreams(clock);
    const { access, streams, logger, bulk } = this;
    const inspector = async () => options.inspector ?? options.client.inspector;
    const live = new LiveFeed({ clock, streams, status: options.status });
    const payloads = new Payloads(options.payloads);
    const shared = { options, clock, access, streams, live, bulk, payloads, inspector, logger };
    // The tables are made for the first request: they would be the longest part of the start.
    this.routes = () => routeTables(shared);
  }

  async handle(request: FrameworkRequest, response: ServerResponse, next?: (error?: unknown) => void): Promise<void> {
    const place = placeOf(request, this.options.prefix);
    if (place === undefined && next !== undefined) return next();
    let answer: Answer | undefined;
    try {
      answer = place === undefined ? undefined : await this.answer(request, response, place);
      if (answer === undefined && next !== undefined) return next();
      answer ??= problemAnswer(nothingHere());
    } catch (error) {
      if (statusOfError(error) === 500) this.report(error, request);
      answer = problemAnswer(error);
    }
    try {
      writeAnswer(response, answer, request.method !== 'HEAD');
    } catch (error) {
      this.report(error, request);
      response.destroy();
    }
  }

  /** `undefined` if nothing is served at this path. @throws HttpProblem and errors of the library */
  private async answer(request: FrameworkRequest, response: ServerResponse, given: Place): Promise<Answer | undefined> {
    if ((request.url ?? '').length > urlBytesMax) {
      throw new HttpProblem('DE_HTTP_PATH_TOO_LONG', `The path is longer than ${urlBytesMax} bytes.`, 'Shorten it.');
    }
    const place = withKeySegment(given);
    const method = request.method ?? 'GET';
    const found = (this.router ??= new Router(this.routes())).find(method, place.path);
    if (found?.route.anyHost !== true) checkHost(request, this.options.hosts);
    if (found === undefined) return this.page(request, method, place);
    const { surface, needs } = found.route;
    const isRead = method === 'GET' || method === 'HEAD';
    checkSite(request, !isRead, surface);
    const caller = await this.callerFor(request, found, place);
    Access.check(caller, needs === 'read' && !isRead ? 'write' : needs);
    const exchange = this.exchange(request, response, place, found, caller);
    if (isRead) return found.route.handle(exchange);
    return this.write(exchange, found);
  }

  private async callerFor(request: FrameworkRequest, found: FoundRoute, place: Place): Promise<Caller | undefined> {
    const { surface, needs, anyHost } = found.route;
    if (anyHost === true) return undefined;
    try {
      return await this.access.callerOf(request, surface, place.query);
    } catch (error) {
      // A page with an old token may still log in.
      if (needs === 'nothing' && error instanceof HttpProblem) return undefined;
      throw error;
    }
  }

  /** Logs one line for each write: who did what to which target, and how it ended. */
  private async write(exchange: Exchange, { route }: FoundRoute): Promise<Answer> {
    const { method, caller, request, params } = exchange;
    const target = route.target?.(exchange) ?? { ...params };
    const line = { user: caller?.user ?? '', action: `${method} ${route.path}`, target };
    const from = request.socket.remoteAddress;
    try {
      const answer = await route.handle(exchange);
      this.logger.info({ ...line, from, status: answer.status }, 'A write by HTTP.');
      return answer;
    } catch (error) {
      this.logger.info({ ...line, from, status: statusOfError(error) }, 'A write by HTTP was refused.');
      throw error;
    }
  }

  private async page(request: FrameworkRequest, method: string, place: Place): Promise<Answer | undefined> {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    if (place.bare) return { status: 308, headers: { location: slashed(place.mount) } };
    return this.parts.files.find(place.path, request.headers['accept-encoding']);
  }

  private exchange(
    request: FrameworkRequest,
    response: ServerResponse,
    { path, query, mount }: Place,
    { params }: FoundRoute,
    caller: Caller | undefined,
  ): Exchange {
    const base = `${isHttps(request) ? 'https' : 'http'}://${request.headers.host ?? 'localhost'}${mount}`;
    let body: Promise<unknown> | undefined;
    return {
      request,
      response,
      method: request.method ?? 'GET',
      path,
      params,
      query,
      base,
      caller,
      body: () => (body ??= readBody(request, this.parts.clock, bodyLimits)),
    };
  }

  private report(error: unknown, { method }: FrameworkRequest): void {
    this.logger.error({ error, method }, 'A request failed.');
  }
}

function nothingHere(): HttpProblem {
  return notFound(
    'Nothing is served at this path.',
    'The API is at /api/v1. Its description is at /api/v1/openapi.json.',
  );
}
