/** The client of the npm package `durable-functions`, made as a function of Azure makes it. */
import * as df from 'durable-functions';
import type { ApiServer } from './server.js';

/** The ways in which the client builds its requests. */
export const modes = [
  { name: 'rpcBaseUrl', templates: false },
  { name: 'templates', templates: true },
] as const;

/** Without this variable, the client replaces the origin of every template by http://localhost:7071. */
const hostVariable = 'WEBSITE_HOSTNAME';

export function azureClient(server: ApiServer, templates: boolean): df.DurableClient {
  const input = df.input.durableClient();
  const before = process.env[hostVariable];
  process.env[hostVariable] = 'tests';
  try {
    const extraInputs = new Map([[input, server.input(templates)]]);
    // The client reads nothing else of the context.
    const context = { options: { extraInputs: [input] }, extraInputs } as unknown as Parameters<typeof df.getClient>[0];
    return df.getClient(context);
  } finally {
    if (before === undefined) delete process.env[hostVariable];
    else process.env[hostVariable] = before;
  }
}
