/**
 * A task hub that is opened in this process: a client, or a host with the user's classes, behind the same handler that `serve` uses. Requests
 * go through a pair of streams in memory, so no port is opened.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { duplexPair } from 'node:stream';
import { createHandler } from '../../http/index.js';
import { DurableClient } from '../../host/durable-client.js';
import { DurableHost } from '../../host/index.js';
import type { Logger } from '../../ports/log.js';
import type { ApiAddress } from './hub-api.js';
import type { RegisteredCode } from './registered.js';

/** A client or host in this process. */
export interface OpenHub {
  readonly client: DurableClient;
  readonly host: DurableHost | undefined;
  close(): Promise<void>;
}

/** How long a command waits for a file that another process writes to. */
const startTimeout = 10_000;

/** Opens the storage: with code a host runs it, without code a client only sends and reads. */
export async function openHub(storage: string, code: RegisteredCode | undefined, logger: Logger): Promise<OpenHub> {
  if (code === undefined) {
    const client = await DurableClient.connect({ storage, logger, startTimeout });
    return { client, host: undefined, close: () => client.close() };
  }
  const host = await DurableHost.start({ storage, logger, ...code, startTimeout });
  return { client: host.client, host, close: () => host.stop() };
}

/** The API over an open hub. The token is known to this process only. */
export function apiInProcess(
  { client, host }: OpenHub,
  logger: Logger,
): { readonly address: ApiAddress; readonly close: () => void } {
  const token = randomBytes(32).toString('base64url');
  const handler = createHandler({
    client,
    logger,
    tokens: { write: token },
    ...(host !== undefined && { status: () => host.status() }),
  });
  const server = createServer(handler);
  const connect = () => {
    const [near, far] = duplexPair();
    server.emit('connection', far);
    return near;
  };
  return {
    address: { base: new URL('http://localhost'), token, connect },
    close: () => {
      handler.close();
      server.closeAllConnections();
    },
  };
}
