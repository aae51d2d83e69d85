/** The route of the compatible API: one for all of its paths, because ids and keys may hold slashes. */
import type { Exchange, Route } from '../exchange.js';
import type { RouteParts } from '../route-parts.js';
import { CompatibleApi } from './api.js';
import { azureBasePath } from './links.js';
import { Parameters } from './parameters.js';
import { valuesShownBy } from './shown-value.js';
import { readTarget } from './targets.js';

export function compatibleRoutes({ options, payloads, inspector }: RouteParts): readonly Route[] {
  const api = new CompatibleApi(options.client, inspector, valuesShownBy(payloads));
  return [
    {
      method: 'ANY',
      path: `${azureBasePath}/*`,
      needs: 'read',
      surface: 'compatible',
      target: (exchange) => ({
        ...(readTarget(exchange.method, pathOf(exchange)) ?? { kind: 'unknown' }),
        ...(exchange.query.has('op') && { operation: exchange.query.get('op') }),
      }),
      handle: (exchange) => {
        const parameters = new Parameters(exchange.query);
        return api.answer({ exchange, parameters, base: exchange.base + azureBasePath }, pathOf(exchange));
      },
    },
  ];
}

/** The path below the base of the API, still encoded, without a slash at its beginning. */
function pathOf({ path }: Exchange): string {
  return path.slice(azureBasePath.length + 1);
}
