/** A Restate server for tests: one of this process, from the npm package `@restatedev/restate-server`. */
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort, startOwn, type Server } from './own-server.js';

/** Tells how to run the tests that need a server. */
export const howToRunRestate =
  'The tests on Restate cannot run: the package @restatedev/restate-server has no server for this machine. Run: npm install';

export interface RestateServer extends Server {
  /** Where clients send requests. */
  readonly ingress: string;
  /** Where deployments are registered, and queries are asked. */
  readonly admin: string;
}

/** Whether there is a server to test on. If there is no server, prints how to get one. */
export function hasRestate(): boolean {
  if (findRestate() !== undefined) return true;
  console.error(howToRunRestate);
  return false;
}

/** The program of the server. `undefined` if its package is not installed. */
export function findRestate(): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    const name = `@restatedev/restate-server-${process.platform}-${process.arch}`;
    // The package of the platform is a dependency of the package of the server.
    const owner = createRequire(require.resolve('@restatedev/restate-server/package.json'));
    const program = join(dirname(owner.resolve(`${name}/package.json`)), 'bin', 'restate-server');
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
}

let shared: Promise<RestateServer> | undefined;

/** The server that all tests of this process share. */
export function restateServer(): Promise<RestateServer> {
  shared ??= startRestate();
  return shared;
}

let tests = 0;

/** The number of tests that share a server. Each registers its services, and a server with many services registers the next ones slowly. */
const testsMax = 60;

/** Gives the next test another server, after some tests. No test may run meanwhile. */
export async function renewRestateServer(): Promise<void> {
  if (tests++ % testsMax !== testsMax - 1) return;
  const old = await shared;
  shared = undefined;
  await old?.stop();
}

/** Starts a server of its own. @param settings further lines of its configuration, as in `worker.invoker.abort-timeout = "1m"` */
export async function startRestate(settings = ''): Promise<RestateServer> {
  const program = findRestate();
  if (program === undefined) throw new Error(howToRunRestate);
  const folder = mkdtempSync(join(tmpdir(), 'durable-restate-'));
  const [ingressPort, adminPort, nodePort] = [await freePort(), await freePort(), await freePort()];
  const config = join(folder, 'restate.toml');
  writeFileSync(config, configuration({ folder, ingressPort, adminPort, nodePort }) + settings);
  const ingress = `http://127.0.0.1:${ingressPort}`;
  const admin = `http://127.0.0.1:${adminPort}`;
  const server = await startOwn({
    url: ingress,
    folder,
    user: {},
    command: [program, '--config-file', config],
    kill: 'KILL',
    startedAt: () => startedAt(ingress, admin),
  });
  return { ...server, ingress, admin };
}

async function startedAt(ingress: string, admin: string): Promise<string> {
  const { ok } = await fetch(`${ingress}/restate/health`);
  if (!ok) throw new Error('the ingress is not ready');
  const answer = await fetch(`${admin}/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query: 'SELECT table_name FROM information_schema.tables' }),
  });
  const text = await answer.text();
  if (!answer.ok || !text.includes('rows')) throw new Error(`the admin API is not ready: ${text}`);
  return text;
}

interface Places {
  readonly folder: string;
  readonly ingressPort: number;
  readonly adminPort: number;
  readonly nodePort: number;
}

/** One node with four partitions, which uses little memory and sends nothing outside. */
function configuration({ folder, ingressPort, adminPort, nodePort }: Places): string {
  return `
node-name = "test"
cluster-name = "test"
base-dir = ${JSON.stringify(join(folder, 'data'))}
listen-mode = "tcp"
bind-ip = "127.0.0.1"
bind-port = ${nodePort}
default-num-partitions = 4
disable-telemetry = true
disable-prometheus = true
log-filter = "warn"
log-disable-ansi-codes = true
shutdown-timeout = "1s"
rocksdb-total-memory-size = "128 MiB"
admin.bind-port = ${adminPort}
admin.disable-web-ui = true
ingress.bind-port = ${ingressPort}
worker.invoker.inactivity-timeout = "1s"
`;
}
