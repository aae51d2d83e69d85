/** Exchanges: one request with its parts, and the answer to it. Handlers of routes get an exchange and return an answer. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The rights of a caller. `write` includes reading. */
export type Level = 'read' | 'write';

/** A caller that the handler has recognised. */
export interface Caller {
  /** Name for the log: given by `authorize`, else `read token`, `write token`, `session` or `local`. */
  readonly user: string;
  readonly may: Level;
}

/** One request. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** In upper case. HEAD is served as GET. */
  readonly method: string;
  /** The path below the mount point, as sent (encoded), with the leading slash and without the query. */
  readonly path: string;
  /** Decoded parameters of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Scheme, host and path of the mount point, without a slash at the end: `http://127.0.0.1:7071/durable`. */
  readonly base: string;
  /** The caller. `undefined` on routes that need none, if the request has no valid credentials. */
  readonly caller: Caller | undefined;
  /** The JSON of the body. `undefined` if the request has no body. @throws HttpProblem if it is too large, late, or not JSON */
  body(): Promise<unknown>;
}

/** The answer of a route. At most one of `json`, `text`, `bytes` and `take` is given. */
export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** JSON text that is made already. */
  readonly text?: { readonly type: string; readonly content: string };
  readonly bytes?: { readonly type: string; readonly content: Uint8Array };
  /** Takes the response over after its head was written, for example for server-sent events. */
  readonly take?: (response: ServerResponse) => void;
}

/** The surface that a route belongs to. It decides which credentials and which proofs against cross-site requests count. */
export type Surface = 'page' | 'api' | 'compatible';

/** A route. */
export interface Route {
  /** `ANY` serves every method. */
  readonly method: 'GET' | 'POST' | 'DELETE' | 'ANY';
  /** A pattern of hono's router, below the mount point: `/api/v1/runs/:id`, `/runtime/webhooks/durabletask/*`. */
  readonly path: string;
  /** `nothing` also serves callers without credentials. A route of method ANY needs `write` for other methods than GET, if it needs `read`. */
  readonly needs: 'nothing' | Level;
  readonly surface: Surface;
  /** Whether a wrong Host header is served too. Only for routes that tell nothing. */
  readonly anyHost?: true;
  /** The target of a write in the log. Default: the parameters of the path. */
  target?(exchange: Exchange): object;
  handle(exchange: Exchange): Answer | Promise<Answer>;
}
