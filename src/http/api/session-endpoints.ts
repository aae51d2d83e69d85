/** Endpoints of sessions: who the caller is, the exchange of a token or one-time key for a cookie, and the end of a session. */
import { cookieName } from '../access.js';
import type { Caller, Exchange } from '../exchange.js';
import { isHttps } from '../mount-point.js';
import type { RouteParts } from '../route-parts.js';
import { cookieOf, sessionMs } from '../sessions.js';
import { literal, object, oneOf, strictObject, string, union } from '../vendor.js';
import { endpoint, type Endpoint } from './endpoint.js';

const session = object({
  user: string().nullable(),
  may: oneOf(['read', 'write']).nullable(),
  login: oneOf(['token', 'application', 'none']),
  payloads: oneOf(['show', 'hide', 'filtered']),
});

export function sessionEndpoints({ access, options }: RouteParts): Endpoint[] {
  const { tokens, authorize, payloads } = options;
  const about = (caller: Caller | undefined) => ({
    user: caller?.user ?? null,
    may: caller?.may ?? null,
    login: !tokens.isEmpty ? 'token' : authorize === undefined ? 'none' : 'application',
    payloads: typeof payloads === 'function' ? 'filtered' : payloads,
  });
  const path = '/api/v1/session';
  const common = { path, needs: 'nothing', tag: 'session' } as const;
  return [
    endpoint({
      ...common,
      method: 'GET',
      summary: 'Tells who the caller is, what it may do, and how one logs in.',
      answers: { 200: session },
      handle: ({ exchange }) => ({ status: 200, json: about(exchange.caller) }),
    }),
    endpoint({
      ...common,
      method: 'POST',
      summary: 'Begins a session of a browser with a token or a one-time key. The answer sets a cookie for 12 hours.',
      body: union([strictObject({ token: string().max(4_096) }), strictObject({ key: string().max(4_096) })]),
      answers: { 200: session },
      handle({ body, exchange }) {
        const caller = { ...access.login(exchange.request, body), user: 'session' };
        const secret = access.sessions.begin(caller);
        return {
          status: 200,
          headers: { 'set-cookie': cookie(exchange, secret, sessionMs / 1_000) },
          json: about(caller),
        };
      },
    }),
    endpoint({
      ...common,
      method: 'DELETE',
      summary: 'Ends the session of the browser.',
      answers: { 200: object({ ended: literal(true) }) },
      handle({ exchange }) {
        const secret = cookieOf(exchange.request.headers.cookie, cookieName(exchange.request));
        if (secret !== undefined) access.sessions.end(secret);
        return { status: 200, headers: { 'set-cookie': cookie(exchange, '', 0) }, json: { ended: true } };
      },
    }),
  ];
}

/** The cookie is sent to this mount point only, by this site only, and no script can read it. */
function cookie({ base, request }: Exchange, secret: string, seconds: number): string {
  const path = new URL(base).pathname;
  const secure = isHttps(request) ? '; Secure' : '';
  return `${cookieName(request)}=${secret}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
}
