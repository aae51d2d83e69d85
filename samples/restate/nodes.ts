import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** The server of the package `@restatedev/restate-server`. `undefined` if it is not installed. */
function findServer(): string | undefined {
  try {
    const owner = createRequire(createRequire(import.meta.url).resolve('@restatedev/restate-server/package.json'));
    const platform = owner.resolve(`@restatedev/restate-server-${process.platform}-${process.arch}/package.json`);
    const program = join(dirname(platform), 'bin', 'restate-server');
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
}

/** A node of a Restate cluster on this machine. */
export interface Node {
  readonly ingress: string;
  readonly admin: string;
  /** Ends the process of the node at once. */
  kill(): Promise<void>;
}

/** Starts nodes of one cluster, in a temporary folder. `undefined` if no server is installed. */
export async function startNodes(count: 1 | 3): Promise<{ nodes: Node[]; stop(): Promise<void> } | undefined> {
  const program = findServer();
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'durable-entities-restate-'));
  const ports = await freePorts(3 * count);
  const nodePorts = ports.slice(0, count);
  const nodes = nodePorts.map((nodePort, index): Node & { readonly server: ChildProcess } => {
    const [ingressPort = 0, adminPort = 0] = ports.slice(count + 2 * index);
    const home = join(folder, `n${index + 1}`);
    mkdirSync(home);
    const config = join(home, 'restate.toml');
    writeFileSync(config, settings({ home, nodePorts, index, nodePort, ingressPort, adminPort }));
    const server = spawn(program, ['--config-file', config], { stdio: 'ignore' });
    const kill = async () => {
      if (server.exitCode !== null || server.signalCode !== null) return;
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    };
    return { ingress: `http://127.0.0.1:${ingressPort}`, admin: `http://127.0.0.1:${adminPort}`, kill, server };
  });
  const killAll = () => nodes.forEach(({ server }) => server.kill('SIGKILL'));
  process.once('exit', killAll);
  await Promise.all(nodes.map(({ ingress }) => answers(`${ingress}/restate/health`)));
  return {
    nodes,
    async stop() {
      process.off('exit', killAll);
      await Promise.all(nodes.map((node) => node.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Places {
  readonly home: string;
  readonly nodePorts: readonly number[];
  readonly index: number;
  readonly nodePort: number;
  readonly ingressPort: number;
  readonly adminPort: number;
}

/** Three nodes keep each message on two of them, so that one node may fail. */
function settings({ home, nodePorts, index, nodePort, ingressPort, adminPort }: Places): string {
  const addresses = nodePorts.map((port) => `"http://127.0.0.1:${port}"`).join(', ');
  return `
node-name = "n${index + 1}"
cluster-name = "bank"
base-dir = ${JSON.stringify(join(home, 'data'))}
listen-mode = "tcp"
bind-ip = "127.0.0.1"
bind-port = ${nodePort}
advertised-address = "http://127.0.0.1:${nodePort}"
auto-provision = ${index === 0}
default-replication = ${nodePorts.length > 1 ? 2 : 1}
default-num-partitions = 4
disable-telemetry = true
rocksdb-total-memory-size = "128 MiB"
metadata-client.addresses = [${addresses}]
admin.bind-port = ${adminPort}
ingress.bind-port = ${ingressPort}
`;
}

/** Resolves when a node is ready. */
async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const isReady = await fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await setTimeout(100);
  }
  throw new Error(`Restate does not answer at ${url}.`);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  return servers.map((server) => {
    const { port } = server.address() as AddressInfo;
    server.close();
    return port;
  });
}
