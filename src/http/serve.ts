/** The server: a handler with a server of its own, on the loopback address unless it is protected. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvalidArgumentError } from '../errors/index.js';
import { shown } from '../errors/text.js';
import { checkOptions, type OptionNames } from '../model/options.js';
import { isLoopbackAddress, isLoopbackName } from './cross-site.js';
import { createHandler } from './handler.js';
import { handlerOptions, type HandlerOptions } from './options.js';
import { TokenTable } from './tokens.js';

/** Options of `serve`: those of `createHandler`, and the address. */
export interface ServeOptions extends Omit<HandlerOptions, 'prefix'> {
  /** Address to listen on. Another one than loopback needs `tokens` or `authorize`. Default: `'127.0.0.1'`. */
  readonly host?: string | undefined;
  /** Port to listen on. 0 takes a free one. Default: 7071. */
  readonly port?: number | undefined;
}

const { prefix: _prefix, ...common } = handlerOptions;
const serveOptions: OptionNames<ServeOptions> = { ...common, host: true, port: true };

const connectionsMax = 100;
const requestMs = 30_000;

/** A running server. */
export interface DurableServer extends AsyncDisposable {
  /** Address of the page: `http://127.0.0.1:7071`. */
  readonly url: string;
  readonly port: number;
  /** Makes an address that opens a session in one browser, once. Show it to the operator, and write it to no log. */
  loginUrl(): string;
  /** Ends the streams and connections. Resolves when the port is free. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves the dashboard and the APIs. Resolves when the server listens.
 * @throws InvalidArgumentError for another address than loopback without `tokens` or `authorize`; the error of node if the port is taken
 */
export async function serve(given: ServeOptions): Promise<DurableServer> {
  if ((given as unknown) === undefined)
    throw new InvalidArgumentError('options', 'they are missing', 'Give { client }.');
  const { host = '127.0.0.1', port = 7071, ...options } = checkOptions(given, serveOptions);
  checkAddress(host, port, options);
  const handler = createHandler(options);
  const server = createServer({ requestTimeout: requestMs, headersTimeout: requestMs }, handler);
  server.maxConnections = connectionsMax;
  await listen(server, host, port);
  const taken = (server.address() as AddressInfo).port;
  const url = `http://${shownHost(host)}:${taken}`;
  let closing: Promise<void> | undefined;
  const close = () =>
    (closing ??= new Promise((resolve) => {
      handler.close();
      server.close(() => resolve());
      server.closeAllConnections();
    }));
  return { url, port: taken, loginUrl: () => `${url}/#k=${handler.oneTimeKey()}`, close, [Symbol.asyncDispose]: close };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** An address that a browser on this machine can open. */
function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

function checkAddress(host: unknown, port: unknown, options: Pick<HandlerOptions, 'tokens' | 'authorize'>): void {
  if (!Number.isInteger(port) || (port as number) < 0 || (port as number) > 65_535)
    throw new InvalidArgumentError('port', `${shown(port)} is not a whole number from 0 to 65535`);
  if (typeof host !== 'string' || host === '')
    throw new InvalidArgumentError('host', `${shown(host)} is not an address`, "Give an address such as '127.0.0.1'.");
  const { tokens, authorize } = options;
  if (authorize !== undefined || !new TokenTable(tokens).isEmpty || isLoopbackName(host) || isLoopbackAddress(host))
    return;
  throw new InvalidArgumentError(
    'host',
    `${shown(host)} is reachable from other machines, and neither tokens nor authorize is given`,
    'Give `tokens` or `authorize`, or listen on 127.0.0.1.',
  );
}
