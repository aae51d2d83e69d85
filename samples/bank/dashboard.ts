import type { DurableHost } from 'durable-entities';
import { serve, type DurableServer } from 'durable-entities/http';

/** Serves the dashboard on a free port of this machine, and prints its address. Nobody can change the bank there. */
export async function showDashboard(host: DurableHost): Promise<DurableServer> {
  const server = await serve({ client: host.client, status: () => host.status(), port: 0 });
  console.log(`Dashboard: ${server.url}`);
  return server;
}

/** Resolves at Ctrl+C, or when the process is asked to end. The server keeps the process awake until then. */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    console.log('Ctrl+C ends the bank.');
  });
}
