/** Endpoints for supervisors: health and readiness. They tell nothing else, to everybody. */
import type { RouteParts } from '../route-parts.js';
import { literal, object, boolean } from '../vendor.js';
import { endpoint, type Endpoint } from './endpoint.js';

/** How long a readiness check without a host waits for the storage. */
const readyMs = 2_000;

export function healthEndpoints(parts: RouteParts): Endpoint[] {
  return ['', '/api/v1'].flatMap((begin) => [
    endpoint({
      method: 'GET',
      path: `${begin}/healthz`,
      needs: 'nothing',
      anyHost: true,
      tag: 'health',
      summary: 'Tells that the process answers.',
      answers: { 200: object({ up: literal(true) }) },
      handle: () => ({ status: 200, json: { up: true } }),
    }),
    endpoint({
      method: 'GET',
      path: `${begin}/readyz`,
      needs: 'nothing',
      anyHost: true,
      tag: 'health',
      summary: 'Tells whether the host serves its clients, or without a host, whether the storage answers.',
      answers: { 200: object({ ready: boolean() }), 503: object({ ready: boolean() }) },
      async handle() {
        const ready = await isReady(parts);
        return { status: ready ? 200 : 503, json: { ready } };
      },
    }),
  ]);
}

async function isReady({ options, clock }: RouteParts): Promise<boolean> {
  if (options.status !== undefined) return options.status().ready;
  let late = () => {};
  const timer = new Promise<boolean>((resolve) => {
    const limit = clock.setTimer(readyMs, () => resolve(false));
    late = () => limit.cancel();
  });
  const read = options.client.queryEntities({ pageSize: 1 }).page();
  try {
    return await Promise.race([
      timer,
      read.then(
        () => true,
        () => false,
      ),
    ]);
  } finally {
    late();
  }
}
