/**
 * The API of a task hub (`/api/v1`), over the network or in this process. All commands that look into a task hub use it, so both ways give
 * the same answers and the same errors.
 */
import { request as plainRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { CliError, type Outcome } from '../cli-error.js';
import { cut } from '../output/safe-text.js';
import { readEvents, type ServerEvent } from './event-reader.js';

/** Where the API is. */
export interface ApiAddress {
  /** With the path below which the server mounts it, and without a slash at the end. */
  readonly base: URL;
  readonly token: string | undefined;
  /** Makes the connection. Absent for the network. */
  readonly connect?: (() => Duplex) | undefined;
}

/** Values of a query. Those that are `undefined` are left out, lists have commas. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** A page of a list. */
export interface ApiPage<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
  readonly scan?: { readonly looked: number; readonly of: number | null };
}

/** How long the cancellation of work may take. */
const cancelMs = 5_000;
const answerBytesMax = 64 * 1024 * 1024;

export class HubApi {
  constructor(
    private readonly address: ApiAddress,
    private readonly limits: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ) {}

  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.ask('GET', path, query) as Promise<T>;
  }

  post<T>(path: string, body: object, timeoutMs?: number): Promise<T> {
    return this.ask('POST', path, {}, body, timeoutMs) as Promise<T>;
  }

  /** Cancels work of the server. Works after an interruption too: the signal of the user is not asked. */
  async cancel(path: string): Promise<void> {
    const response = await this.send('DELETE', path, {}, {}, AbortSignal.timeout(cancelMs), 'application/json');
    await readAll(response);
  }

  /** The pages of a list, until the last one. */
  async *pages<Item>(path: string, query: Query): AsyncGenerator<ApiPage<Item>, void> {
    let cursor = query['cursor'] as string | undefined;
    do {
      const page = await this.get<ApiPage<Item>>(path, { ...query, cursor });
      yield page;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }

  /** The events of a stream, until the server or the user ends it. */
  async *events(path: string, query: Query = {}): AsyncGenerator<ServerEvent, void> {
    const { signal } = this.limits;
    try {
      const response = await this.send('GET', path, query, undefined, signal, 'text/event-stream');
      if (response.statusCode !== 200) throw this.refused(response, await readAll(response));
      yield* readEvents(response);
    } catch (error) {
      throw this.explained(error);
    }
    signal.throwIfAborted();
  }

  private async ask(
    method: string,
    path: string,
    query: Query,
    body?: object,
    timeoutMs = this.limits.timeoutMs,
  ): Promise<unknown> {
    const late = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([this.limits.signal, late]);
    try {
      const response = await this.send(method, path, query, body, signal, 'application/json');
      const text = await readAll(response);
      const status = response.statusCode ?? 0;
      if (status < 200 || status > 299) throw this.refused(response, text);
      return JSON.parse(text) as unknown;
    } catch (error) {
      if (!late.aborted || this.limits.signal.aborted) throw this.explained(error);
      const hint = 'A write may have happened all the same. Give a longer --timeout.';
      throw new CliError('timeout', `The task hub has not answered within ${timeoutMs} ms.`, hint);
    }
  }

  private async send(
    method: string,
    path: string,
    query: Query,
    body: object | undefined,
    signal: AbortSignal,
    accept: string,
  ): Promise<IncomingMessage> {
    const { base, token, connect } = this.address;
    const content = body === undefined ? undefined : JSON.stringify(body);
    const options: RequestOptions = {
      method,
      signal,
      headers: {
        accept,
        'x-durable-entities': '1',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(content !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(content),
        }),
      },
      // With an agent, the agent would make the connection.
      ...(connect === undefined ? { agent: false } : { createConnection: connect }),
    };
    const url = new URL(`${base.href.replace(/\/$/, '')}/api/v1${path}${queryText(query, path)}`);
    const request =
      url.protocol === 'https:' ? (await import('node:https')).request(url, options) : plainRequest(url, options);
    return new Promise((resolve, reject) => {
      request.on('error', reject).on('response', resolve);
      request.end(content);
    });
  }

  /** The error for an answer that refuses. Its texts come from the server. */
  private refused(response: IncomingMessage, text: string): CliError {
    const status = response.statusCode ?? 0;
    const { code, message, hint } = problemOf(text);
    return new CliError(
      outcomeOf(status),
      message ?? `The server answered with status ${status}.`,
      hint ?? `Check that ${this.address.base.origin} is the server of a task hub.`,
      code,
    );
  }

  private explained(error: unknown): unknown {
    if (error instanceof CliError || this.limits.signal.aborted) return error;
    const { code, message } = error as { code?: unknown; message?: unknown };
    const origin = this.address.base.origin;
    if (error instanceof SyntaxError)
      return new CliError('failed', `The answer of ${origin} is not JSON.`, 'Check the address.', undefined, error);
    return new CliError(
      'failed',
      `${origin} cannot be reached: ${typeof code === 'string' ? code : String(message)}.`,
      'Check the address, and that the server runs: npx durable-entities serve.',
      undefined,
      error,
    );
  }
}

/** Outcomes of statuses. */
function outcomeOf(status: number): Exclude<Outcome, 'done'> {
  if (status === 400 || status === 413 || status === 414) return 'usage';
  if (status === 401 || status === 403 || status === 409 || status === 429) return 'refused';
  if (status === 404) return 'notFound';
  return status === 408 || status === 504 ? 'timeout' : 'failed';
}

function problemOf(text: string): { code?: string; message?: string; hint?: string } {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof given !== 'object' || given === null) return {};
  const { code, message, hint } = given as Record<string, unknown>;
  return {
    ...(typeof code === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) && { code }),
    ...(typeof message === 'string' && { message: cut(message, 2_000) }),
    ...(typeof hint === 'string' && { hint: cut(hint, 2_000) }),
  };
}

function queryText(query: Query, path: string): string {
  const fields = Object.entries(query).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return [];
    // A value may hold a comma, so items are repeated.
    return typeof value === 'object' ? value.map((item) => [name, item]) : [[name, String(value)]];
  });
  if (fields.length === 0) return '';
  return `${path.includes('?') ? '&' : '?'}${new URLSearchParams(fields).toString()}`;
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > answerBytesMax) throw new Error(`the answer is longer than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The path of an entity. */
export function entityPath(id: string, rest = ''): string {
  const at = id.indexOf('@', 1);
  if (!id.startsWith('@') || at < 2) {
    throw new CliError(
      'usage',
      `${JSON.stringify(id)} is not an entity id.`,
      'Write @name@key, for example @account@a.',
    );
  }
  const [name, key] = [id.slice(1, at), id.slice(at + 1)];
  const path = `/entities/${encodeURIComponent(name)}`;
  // URLs drop the segments `.` and `..`, and there is no empty one.
  return key === '' || key === '.' || key === '..'
    ? `${path}${rest}?key=${key}`
    : `${path}/${encodeURIComponent(key)}${rest}`;
}

/** The path of an orchestration instance. */
export function runPath(id: string, rest = ''): string {
  if (id === '' || id === '.' || id === '..')
    throw new CliError(
      'usage',
      `${JSON.stringify(id)} cannot be a segment of a path.`,
      'Use the library in a program.',
    );
  return `/runs/${encodeURIComponent(id)}${rest}`;
}
