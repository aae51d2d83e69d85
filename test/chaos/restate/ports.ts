/** Ports for servers that end and start again at the same address. */
import { createServer } from 'node:net';

/** Below the ports that Linux gives to outgoing connections: those could take the port of a server that is gone for a moment. */
const [first, count] = [20_000, 10_000] as const;

const given = new Set<number>();

export async function steadyPort(): Promise<number> {
  for (;;) {
    const port = first + Math.floor(Math.random() * count);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
