/** Access: who sends a request, and what this caller may do. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopbackAddress } from './cross-site.js';
import type { Caller, Route } from './exchange.js';
import { FailureLimit } from './failure-limit.js';
import type { CheckedOptions } from './options.js';
import { HttpProblem } from './problem.js';
import { cookieOf, Sessions } from './sessions.js';
import { TokenTable } from './tokens.js';
import type { Clock } from '../ports/clock.js';

export class Access {
  readonly sessions: Sessions;
  private readonly tokens: TokenTable;
  private readonly limit: FailureLimit;

  constructor(
    private readonly options: CheckedOptions,
    clock: Clock,
  ) {
    this.sessions = new Sessions(clock);
    this.limit = new FailureLimit(clock);
    this.tokens = options.tokens;
  }

  /** The caller of a session from a one-time key. A reader of the terminal of the process may do what the process allows. */
  get keyHolder(): Caller {
    const may = this.options.writes || this.tokens.allowsWrites ? 'write' : 'read';
    return { user: 'session', may };
  }

  /**
   * The caller of a request. `undefined` if the request has no credentials and needs some.
   * @throws HttpProblem for wrong credentials, and for an address that has sent too many of them
   */
  async callerOf(
    request: IncomingMessage,
    surface: Route['surface'],
    query: URLSearchParams,
  ): Promise<Caller | undefined> {
    const cookie = cookieOf(request.headers.cookie, cookieName(request));
    const session = cookie === undefined ? undefined : this.sessions.callerOf(cookie);
    if (session !== undefined) return session;
    const { authorize } = this.options;
    const secret = this.tokens.isEmpty ? undefined : secretOf(request, surface, query);
    const address = addressOf(request);
    const ofToken = secret === undefined || this.limit.isReached(address) ? undefined : this.callerWith(secret);
    if (ofToken !== undefined) return ofToken;
    const known = authorize === undefined ? undefined : checkCaller(await authorize(request));
    if (known !== undefined) return known;
    if (secret !== undefined) this.refuse(address, 'The token is not valid.');
    return this.tokens.isEmpty && authorize === undefined ? this.local(request) : undefined;
  }

  /** The caller of a token that a person has typed, or of a one-time key. @throws HttpProblem */
  login(request: IncomingMessage, given: { readonly token: string } | { readonly key: string }): Caller {
    const address = addressOf(request);
    this.limit.check(address);
    const caller = 'key' in given ? this.sessions.useKey(given.key) : this.callerWith(given.token);
    return caller ?? this.refuse(address, 'The token or key is not valid.');
  }

  /** Counts a failure. @throws HttpProblem */
  private refuse(address: string, message: string): never {
    this.limit.check(address);
    this.limit.failed(address);
    throw unauthenticated(message);
  }

  /** @throws HttpProblem */
  static check(caller: Caller | undefined, needs: Route['needs']): void {
    if (needs === 'nothing') return;
    if (caller === undefined) throw unauthenticated('The request has no credentials.');
    if (needs === 'read' || caller.may === 'write') return;
    throw new HttpProblem(
      'DE_HTTP_READ_ONLY',
      'This caller may only read.',
      'Start the server with `writes: true` (command line: --allow-writes), or use a write token.',
    );
  }

  private callerWith(token: string): Caller | undefined {
    const may = this.tokens.levelOf(token);
    return may === undefined ? undefined : { user: `${may} token`, may };
  }

  /** Programs on this machine may read without a token. A request that a proxy has passed on is of another machine. */
  private local(request: IncomingMessage): Caller | undefined {
    const { forwarded, 'x-forwarded-for': forwardedFor } = request.headers;
    if (forwarded !== undefined || forwardedFor !== undefined) return undefined;
    if (!isLoopbackAddress(request.socket.remoteAddress)) return undefined;
    return { user: 'local', may: this.options.writes ? 'write' : 'read' };
  }
}

function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? '';
}

/** The answer of `authorize`, which code of the application gives. */
function checkCaller(given: unknown): Caller | undefined {
  if (given === undefined || given === null) return undefined;
  const { user, may } = given as Partial<Caller>;
  if (typeof user === 'string' && (may === 'read' || may === 'write')) return { user, may };
  throw new TypeError("`authorize` must return { user, may: 'read' | 'write' } or undefined.");
}

/** The secret of a request. Basic credentials and `code` count only for clients of the compatible API, which have no other way. */
function secretOf(request: IncomingMessage, surface: Route['surface'], query: URLSearchParams): string | undefined {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(request.headers.authorization ?? '') ?? [];
  if (/^bearer$/i.test(scheme)) return value;
  if (surface !== 'compatible') return undefined;
  if (/^basic$/i.test(scheme)) {
    const text = Buffer.from(value, 'base64').toString();
    return text.slice(text.indexOf(':') + 1);
  }
  return query.get('code') ?? undefined;
}

/** The name of the session cookie. Cookies do not tell ports apart, so the name tells servers on one machine apart. */
export function cookieName(request: IncomingMessage): string {
  const host = (request.headers.host ?? '').toLowerCase();
  return `durable-entities-${createHash('sha256').update(host).digest('hex').slice(0, 8)}`;
}

export function unauthenticated(message: string): HttpProblem {
  return new HttpProblem(
    'DE_HTTP_UNAUTHENTICATED',
    message,
    'Send `Authorization: Bearer <token>`, or open the address that the server printed at its start.',
    { 'www-authenticate': 'Bearer' },
  );
}
