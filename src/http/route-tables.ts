/** The tables of routes of a handler. Another part adds its table here. */
import { apiRoutes } from './api/routes.js';
import { compatibleRoutes } from './compatible/routes.js';
import type { Route } from './exchange.js';
import type { RouteParts } from './route-parts.js';

export function routeTables(parts: RouteParts): readonly Route[] {
  return [...apiRoutes(parts), ...compatibleRoutes(parts)];
}
