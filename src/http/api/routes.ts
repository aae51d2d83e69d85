/** The table of the own API, `/api/v1`. */
import { NotSupportedError } from '../../errors/index.js';
import type { EntityType } from '../../hub/inspector.js';
import type { Route } from '../exchange.js';
import type { RouteParts } from '../route-parts.js';
import { object } from '../vendor.js';
import { bulkEndpoints } from './bulk-endpoints.js';
import { endpoint, routeOf, type Endpoint } from './endpoint.js';
import { entityEndpoints } from './entity-endpoints.js';
import { healthEndpoints } from './health-endpoints.js';
import { hubEndpoints } from './hub-endpoints.js';
import { openApi } from './openapi.js';
import { withOperations } from './operation-paths.js';
import { runEndpoints } from './run-endpoints.js';
import { sessionEndpoints } from './session-endpoints.js';

export function apiEndpoints(parts: RouteParts): readonly Endpoint[] {
  const endpoints: Endpoint[] = [
    ...hubEndpoints(parts),
    ...entityEndpoints(parts),
    ...runEndpoints(parts),
    ...bulkEndpoints(parts),
    ...sessionEndpoints(parts),
    ...healthEndpoints(parts),
    endpoint({
      method: 'GET',
      path: '/api/v1/openapi.json',
      needs: 'read',
      tag: 'description',
      summary: 'Describes this API (OpenAPI 3.1), with the operations of entities that have a schema.',
      answers: { 200: object({}) },
      async handle({ exchange }) {
        const description = openApi(endpoints, new URL(exchange.base).pathname);
        return { status: 200, json: withOperations(description, await describedEntities(parts)) };
      },
    }),
  ];
  return endpoints;
}

/** The entities whose code can be described. None on an engine without an inspector. */
async function describedEntities({ inspector }: RouteParts): Promise<readonly EntityType[]> {
  try {
    const { entities } = await (await inspector()).types();
    return entities;
  } catch (error) {
    if (error instanceof NotSupportedError) return [];
    throw error;
  }
}

export function apiRoutes(parts: RouteParts): readonly Route[] {
  return apiEndpoints(parts).map(routeOf);
}
