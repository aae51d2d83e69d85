/** The mount point: the part of the path before the handler's own paths, with or without a framework that cuts it off. */
import type { IncomingMessage } from 'node:http';

/** The place of a request below the mount point. */
export interface Place {
  /** Encoded path of the mount point: `''` or `/durable`. */
  readonly mount: string;
  /** Encoded path below it, with a leading slash. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Whether the request names the mount point without the slash at its end. Relative addresses of the page would be wrong there. */
  readonly bare: boolean;
}

/** Requests of frameworks that cut the mount point off (Express, NestJS), or that hand over a parsed body. */
export type FrameworkRequest = IncomingMessage & { readonly originalUrl?: unknown; readonly body?: unknown };

/**
 * The place of a request. `undefined` if its path does not begin with the prefix. With a prefix, the whole path counts: the middleware of
 * NestJS has all of it cut off.
 */
export function placeOf(request: FrameworkRequest, prefix: string): Place | undefined {
  const { originalUrl } = request;
  const whole = prefix !== '' && typeof originalUrl === 'string' ? originalUrl : request.url;
  const [path, search] = splitUrl(whole ?? '/');
  const query = new URLSearchParams(search);
  if (prefix === '') return { mount: '', path, bare: false, ...cutMount(request, path), query };
  if (path === prefix) return { mount: prefix, path: '/', query, bare: true };
  if (!path.startsWith(`${prefix}/`)) return undefined;
  return { mount: prefix, path: path.slice(prefix.length), query, bare: false };
}

/** The mount point that Express has cut off. `undefined` if nothing was cut off. */
function cutMount(request: FrameworkRequest, path: string): Pick<Place, 'mount' | 'path' | 'bare'> | undefined {
  if (typeof request.originalUrl !== 'string') return undefined;
  const [whole] = splitUrl(request.originalUrl);
  if (whole === path) return undefined;
  if (path === '/' && !whole.endsWith('/')) return { mount: whole, path, bare: true };
  return whole.endsWith(path) ? { mount: whole.slice(0, -path.length), path, bare: false } : undefined;
}

/** Path and query of a request target. An absolute one (`GET http://host/path`, as proxies get) counts by its path. */
function splitUrl(url: string): [path: string, search: string] {
  const target = url.startsWith('/') ? url : url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const at = target.search(/[?#]/);
  if (at < 0) return [target === '' ? '/' : target, ''];
  return [target.slice(0, at) || '/', target[at] === '?' ? (target.slice(at + 1).split('#')[0] as string) : ''];
}

/** The last segment of the mount point with a slash: a relative address, which cannot lead to another host. */
export function slashed(mount: string): string {
  return `./${mount.slice(mount.lastIndexOf('/') + 1)}/`;
}

/** Whether the browser speaks TLS, to this server or to a proxy before it. */
export function isHttps({ socket, headers }: IncomingMessage): boolean {
  return 'encrypted' in socket || headers['x-forwarded-proto'] === 'https';
}
