/** A Restate cluster on this machine: nodes with a replicated log and replicated metadata, for all stories of a run. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findRestate, howToRunRestate } from '../../servers/restate.js';
import { pause } from '../pause.js';
import { StuckError } from '../stuck-error.js';
import { RestateNode } from './node.js';
import { steadyPort } from './ports.js';
import { RestateStory } from './restate-story.js';

const answersWithinMs = 60_000;

interface Ports {
  readonly ingress: number;
  readonly admin: number;
  readonly node: number;
}

export class RestateCluster {
  private constructor(readonly nodes: readonly RestateNode[]) {}

  /** Starts the nodes. Resolves when each of them answers. */
  static async start(program: string, count: number, folder: string): Promise<RestateCluster> {
    const ports: Ports[] = [];
    for (let number = 0; number < count; number++) {
      ports.push({ ingress: await steadyPort(), admin: await steadyPort(), node: await steadyPort() });
    }
    const nodes: RestateNode[] = [];
    for (const [index, { ingress, admin }] of ports.entries()) {
      const name = `n${index + 1}`;
      const home = join(folder, name);
      await mkdir(home, { recursive: true });
      const config = join(home, 'restate.toml');
      await writeFile(config, configuration(name, index, ports, home));
      nodes.push(
        new RestateNode({
          name,
          ingress: `http://127.0.0.1:${ingress}`,
          admin: `http://127.0.0.1:${admin}`,
          command: [program, '--config-file', config],
          logPath: join(home, 'log'),
        }),
      );
    }
    const cluster = new RestateCluster(nodes);
    for (const node of nodes) await node.start();
    await cluster.untilWhole();
    return cluster;
  }

  /** Starts the nodes that are gone. Resolves when each node answers. */
  async untilWhole(): Promise<void> {
    for (const node of this.nodes) if (!node.isRunning) await node.start();
    await Promise.all(this.nodes.map((node) => node.untilHealthy()));
    await this.query('SELECT id FROM sys_invocation LIMIT 1');
  }

  get ingress(): string[] {
    return this.nodes.map(({ options }) => options.ingress);
  }

  get admin(): string[] {
    return this.nodes.map(({ options }) => options.admin);
  }

  /** The rows of a query, from the first node that answers. @throws StuckError */
  async query<Row>(sql: string): Promise<Row[]> {
    let failure: unknown;
    for (const endMs = performance.now() + answersWithinMs; performance.now() < endMs; await pause(200)) {
      for (const node of this.nodes) {
        try {
          return await node.query<Row>(sql);
        } catch (error) {
          failure = error;
        }
      }
    }
    throw new StuckError(`no node answers ${sql}: ${String(failure)}`);
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
  }
}

/** Starts a cluster. Ends this process if the server is not installed. */
export async function openNodes(count: 1 | 3, folder: string) {
  const program = findRestate();
  if (program === undefined) {
    console.log(howToRunRestate);
    process.exit(1);
  }
  const cluster = await RestateCluster.start(program, count, join(folder, 'nodes'));
  let stories = 0;
  return {
    makeStory: (path: string, seed: number) => RestateStory.open(path, seed, cluster, `chaos${stories++}`),
    close: () => cluster.close(),
  };
}

/** Small limits of memory, and a host that stands still is given up after some seconds. Everything else is as it is by default. */
function configuration(name: string, index: number, ports: readonly Ports[], home: string): string {
  const { ingress, admin, node } = ports[index] as Ports;
  const addresses = ports.map((each) => `"http://127.0.0.1:${each.node}"`).join(', ');
  return `
node-name = "${name}"
cluster-name = "chaos"
base-dir = ${JSON.stringify(join(home, 'data'))}
listen-mode = "tcp"
bind-ip = "127.0.0.1"
bind-port = ${node}
advertised-address = "http://127.0.0.1:${node}"
auto-provision = ${index === 0}
default-replication = ${ports.length > 1 ? 2 : 1}
default-num-partitions = 4
disable-telemetry = true
disable-prometheus = true
log-filter = "warn"
log-disable-ansi-codes = true
rocksdb-total-memory-size = "128 MiB"

[metadata-client]
addresses = [${addresses}]

[admin]
bind-port = ${admin}
disable-web-ui = true

[ingress]
bind-port = ${ingress}

[worker.invoker]
http2-keep-alive-interval = "2s"
http2-keep-alive-timeout = "2s"
http2-streams-per-connection-limit = 16
`;
}
