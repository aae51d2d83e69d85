/** Protection against other web sites: the list of hosts (DNS rebinding), and proofs that a write comes from the page or a program. */
import type { IncomingMessage } from 'node:http';
import { hasBody } from './body.js';
import type { Route } from './exchange.js';
import { HttpProblem } from './problem.js';

/** The header that a page of another site cannot send without a preflight request, which nobody answers. */
export const ownHeader = 'x-durable-entities';

const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The name of a Host header without its port, in lower case. `undefined` if it is not a host. */
export function hostName(host: string | undefined): string | undefined {
  return host === undefined
    ? undefined
    : /^(\[[0-9a-f:.]+\]|[^:[\]/@\s]+)(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();
}

export function isLoopbackName(name: string): boolean {
  return loopbackHosts.has(name);
}

/** Whether an address of a socket is of this machine. */
export function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && /^(?:::ffff:)?127\.|^::1$/.test(address);
}

/** @param hosts further names, in lower case, with or without a port @throws HttpProblem */
export function checkHost(request: IncomingMessage, hosts: ReadonlySet<string>): void {
  const { host } = request.headers;
  const name = hostName(host);
  if (name !== undefined && (loopbackHosts.has(name) || hosts.has(name) || hosts.has((host as string).toLowerCase())))
    return;
  throw new HttpProblem(
    'DE_HTTP_WRONG_HOST',
    'The Host header names a host that this server does not answer for.',
    'Add the name to the option `hosts`.',
  );
}

/** Refuses requests that a page of another site can cause. @throws HttpProblem */
export function checkSite(request: IncomingMessage, isWrite: boolean, surface: Route['surface']): void {
  const { origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = request.headers;
  if (!isWrite) {
    // A link of another site may lead to the page. Anything else that another site reads is refused.
    if (site === 'cross-site' && mode !== 'navigate' && surface !== 'page') throw crossSite('Sec-Fetch-Site');
    return;
  }
  if (site !== undefined && site !== 'none' && site !== 'same-origin') throw crossSite('Sec-Fetch-Site');
  if (origin !== undefined && !isOwn(origin, request.headers.host)) throw crossSite('Origin');
  checkContentType(request, surface);
  if (surface !== 'api' || request.headers[ownHeader] === '1') return;
  if (/^bearer /i.test(request.headers.authorization ?? '')) return;
  throw new HttpProblem(
    'DE_HTTP_CROSS_SITE',
    `A write needs the header ${ownHeader}: 1, or a bearer token.`,
    `Send ${ownHeader}: 1. It proves that no page of another site sends the request.`,
  );
}

/** The scheme does not count: a proxy may end TLS. The browser sends the host and port of the page. */
function isOwn(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === hostOf(host);
}

/** The host without the port that a scheme implies, as URLs write it. */
function hostOf(host: string): string {
  return host.toLowerCase().replace(/:(?:80|443)$/, '');
}

/** The client of Azure sends no content type with DELETE. Without a body, and without headers of a browser, none is needed there. */
function checkContentType(request: IncomingMessage, surface: Route['surface']): void {
  const type = request.headers['content-type'];
  if (type !== undefined && /^application\/json *(;|$)/i.test(type)) return;
  const { origin, 'sec-fetch-site': site } = request.headers;
  const isBare = type === undefined && !hasBody(request);
  if (surface === 'compatible' && isBare && ((origin === undefined && site === undefined) || site === 'same-origin'))
    return;
  throw new HttpProblem(
    'DE_HTTP_CONTENT_TYPE',
    'A write needs the header Content-Type: application/json.',
    'Send Content-Type: application/json, also without a body.',
  );
}

function crossSite(header: string): HttpProblem {
  return new HttpProblem(
    'DE_HTTP_CROSS_SITE',
    `The header ${header} says that another site sends the request.`,
    'Open the page of this server, or call from a program.',
  );
}
