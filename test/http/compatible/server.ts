/** A server of the compatible API for tests, and the ways in which clients reach it. */
import { request as httpRequest } from 'node:http';
import { azureClientInput, serve, type DurableServer, type ServeOptions } from '../../../src/http/index.js';
import { azureBasePath } from '../../../src/http/compatible/links.js';
import type { World } from '../../acceptance/world.js';

/** A key with characters that mean something in URLs and in Base64. */
export const key = 'k3y/of+the=tests%24&more';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The value of the JSON body. `undefined` without a body. */
  readonly json: unknown;
}

export interface RawRequest {
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server on a free port, for the client of a world. */
export class ApiServer {
  private constructor(
    private readonly server: DurableServer,
    private readonly isProtected: boolean,
  ) {}

  static async start(
    world: World,
    options: Partial<ServeOptions> & { readonly isProtected?: boolean } = {},
  ): Promise<ApiServer> {
    const { isProtected = false, ...given } = options;
    const access = isProtected ? { tokens: { write: key } } : { writes: true };
    const { client, logger } = world;
    return new ApiServer(await serve({ client, logger, port: 0, ...access, ...given }), isProtected);
  }

  get url(): string {
    return this.server.url;
  }

  get base(): string {
    return this.server.url + azureBasePath;
  }

  /** The input of a client in one of its modes. */
  input(templates: boolean): ReturnType<typeof azureClientInput> {
    return azureClientInput(this.url, { templates, ...(this.isProtected && { key }) });
  }

  /** Sends a request as it is written: no client normalises its path. A body is JSON, unless a header says otherwise. */
  send(method: string, path: string, { body, headers = {} }: RawRequest = {}): Promise<RawAnswer> {
    const { port } = this.server;
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const credentials = this.isProtected ? { authorization: `Bearer ${key}` } : {};
    return new Promise((resolve, reject) => {
      const all = { ...type, ...credentials, ...headers };
      const options = { host: '127.0.0.1', port, method, path: `${azureBasePath}/${path}`, headers: all, agent: false };
      const request = httpRequest(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const json: unknown = text === '' ? undefined : JSON.parse(text);
          resolve({ status: response.statusCode as number, headers: response.headers, text, json });
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  get(path: string, headers?: RawRequest['headers']): Promise<RawAnswer> {
    return this.send('GET', path, headers === undefined ? {} : { headers });
  }

  /** @param value the JSON body. Without it, the request has no body */
  post(path: string, value?: unknown): Promise<RawAnswer> {
    return this.send('POST', path, value === undefined ? {} : { body: JSON.stringify(value) });
  }

  delete(path: string): Promise<RawAnswer> {
    return this.send('DELETE', path);
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

/** A suite with a server for each test. */
export function withServer(
  world: () => World,
  register: () => readonly unknown[],
  options: Parameters<typeof ApiServer.start>[1] = {},
): () => ApiServer {
  let current: ApiServer;
  beforeEach(async () => {
    await world().startMoved(register());
    current = await ApiServer.start(world(), options);
  });
  afterEach(() => current.close());
  return () => current;
}
