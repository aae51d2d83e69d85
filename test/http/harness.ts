/** A host with a handler on a server of loopback, and raw requests to it: tests set headers that `fetch` does not let them set. */
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from 'node:http';
import { type AddressInfo } from 'node:net';
import { DashboardFiles } from '../../src/http/dashboard-files.js';
import { makeHandler, type DurableHandler } from '../../src/http/handler.js';
import type { HandlerOptions } from '../../src/http/options.js';
import type { Inspector } from '../../src/hub/inspector.js';
import { MovedClock } from '../acceptance/moved-clock.js';
import { World, type Setting } from '../acceptance/world.js';

export interface Request {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, another value as JSON. */
  readonly body?: unknown;
}

export interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body. `undefined` if it is not JSON. */
  readonly json: unknown;
}

/** An inspector in whose task hub nothing changes. */
export const quiet = {
  feed: () => () => {},
  statistics: async () => undefined,
  types: async () => ({ entities: [], orchestrations: [], activities: [] }),
} as unknown as Inspector;

/** Headers of a program that writes. */
export const writing = { 'content-type': 'application/json', 'x-durable-entities': '1' };

/** Sends one request. */
export function send(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: Request = {},
): Promise<Response> {
  const content = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const length = content === undefined ? {} : { 'content-length': String(Buffer.byteLength(content)) };
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      host: '127.0.0.1',
      port,
      path,
      method,
      headers: { ...length, ...headers },
      agent: false,
    });
    sent.on('error', reject).on('response', (response) => void read(response).then(resolve, reject));
    sent.end(content);
  });
}

async function read(response: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const isJson = response.headers['content-type']?.startsWith('application/json') === true && text !== '';
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text,
    json: isJson ? (JSON.parse(text) as unknown) : undefined,
  };
}

/** A reader of server-sent events. */
export class Events {
  private buffer = '';

  private constructor(readonly response: IncomingMessage) {}

  static open(port: number, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Events> {
    return new Promise((resolve, reject) => {
      const sent = httpRequest({
        host: '127.0.0.1',
        port,
        path,
        headers: { accept: 'text/event-stream', ...headers },
        agent: false,
      });
      sent.on('error', reject).on('response', (response) => resolve(new Events(response)));
      sent.end();
    });
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  /** The next event of this name that fits. @throws Error if the stream ends before */
  async next(name: string, fits: (data: never) => boolean = () => true): Promise<unknown> {
    for (;;) {
      const block = await this.block();
      if (block === undefined) throw new Error(`the stream ended without an event ${name}`);
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (event !== name || data === undefined) continue;
      const value = JSON.parse(data) as never;
      if (fits(value)) return value;
    }
  }

  /** The next block of lines: an event, or a comment. `undefined` at the end. */
  async block(): Promise<string | undefined> {
    for (;;) {
      const end = this.buffer.indexOf('\n\n');
      if (end >= 0) {
        const block = this.buffer.slice(0, end);
        this.buffer = this.buffer.slice(end + 2);
        return block;
      }
      const chunk = await this.chunk();
      if (chunk === undefined) return undefined;
      this.buffer += chunk;
    }
  }

  private chunk(): Promise<string | undefined> {
    const { response } = this;
    return new Promise((resolve) => {
      const take = () => {
        const chunk = response.read() as Buffer | null;
        if (chunk === null) return;
        leave();
        resolve(chunk.toString());
      };
      const end = () => {
        leave();
        resolve(undefined);
      };
      const leave = () => response.off('readable', take).off('end', end).off('error', end).off('close', end);
      response.on('readable', take).on('end', end).on('error', end).on('close', end);
      if (response.readableEnded || response.destroyed) end();
      else take();
    });
  }

  close(): void {
    this.response.destroy();
  }
}

/** A test with a host and servers. */
export class HttpWorld extends World {
  readonly httpClock = new MovedClock();
  private readonly servers: Server[] = [];
  private readonly handlers: DurableHandler[] = [];

  constructor(setting: Setting = { storage: 'memory', evict: false }) {
    super(setting);
  }

  /** A handler of the host's client, on the clock that the test moves. */
  handler(options: Partial<HandlerOptions> = {}, files = new DashboardFiles()): DurableHandler {
    const handler = makeHandler(
      { client: this.client, logger: this.logger, ...options },
      { clock: this.httpClock, files },
    );
    this.handlers.push(handler);
    return handler;
  }

  /** Listens with a function of requests. Resolves with the port. */
  async listen(handle: (request: IncomingMessage, response: never) => void): Promise<number> {
    const server = createServer(handle as never);
    this.servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  /** A handler on a server. Resolves with the port. */
  serveHandler(options: Partial<HandlerOptions> = {}, files?: DashboardFiles): Promise<number> {
    return this.listen(this.handler(options, files));
  }

  override async end(): Promise<void> {
    for (const handler of this.handlers) handler.close();
    for (const server of this.servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await super.end();
  }
}

/** A suite with a fresh world for each test. */
export function httpSuite(theme: string, suite: (world: () => HttpWorld) => void, setting?: Setting): void {
  describe(theme, () => {
    let current: HttpWorld;
    beforeEach(() => {
      current = new HttpWorld(setting);
    });
    afterEach(() => current.end());
    suite(() => current);
  });
}
