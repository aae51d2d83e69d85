/** Routing: finds the route of a request in the tables of routes, and decodes its parameters. */
import type { Route } from './exchange.js';
import { HttpProblem } from './problem.js';
import { TrieRouter } from './vendor.js';

export interface FoundRoute {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * Router over encoded paths. Each parameter is decoded by itself after the match, so that `%2F` in a key is a part of the key. hono's
 * router is used alone: its application would decode the path before the match, and convert each request and response.
 */
export class Router {
  private readonly router = new TrieRouter<Route>();
  private readonly methods = ['GET', 'POST', 'DELETE', 'ANY'] as const;

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.router.add(route.method, route.path, route);
  }

  /** The route of a request. `undefined` if no route has this path. @throws HttpProblem for another method, or a path that is not encoded well */
  find(method: string, path: string): FoundRoute | undefined {
    const found = this.match(method === 'HEAD' ? 'GET' : method, path) ?? this.match('ANY', path);
    if (found !== undefined) return found;
    const allowed = this.methods.filter((other) => this.match(other, path) !== undefined);
    if (allowed.length === 0) return undefined;
    throw new HttpProblem('DE_HTTP_METHOD', `${method} is not served at this path.`, `Use ${allowed.join(' or ')}.`, {
      allow: allowed.flatMap((one) => (one === 'GET' ? ['GET', 'HEAD'] : [one])).join(', '),
    });
  }

  private match(method: string, path: string): FoundRoute | undefined {
    const [handlers] = this.router.match(method, path) as [[Route, Record<string, string>][]];
    const [first] = handlers;
    if (first === undefined) return undefined;
    const [route, params] = first;
    return { route, params: Object.fromEntries(Object.entries(params).map(([name, raw]) => [name, decoded(raw)])) };
  }
}

/** A decoded part of a path. @throws HttpProblem if it is not encoded well */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpProblem(
      'DE_HTTP_BAD_REQUEST',
      'The path is not encoded well.',
      'Encode each part of the path, as encodeURIComponent does.',
    );
  }
}
