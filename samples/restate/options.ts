import { parseArgs } from 'node:util';

export interface RestateOptions {
  /** URLs of a running server. `undefined` for nodes of this program. */
  readonly server: { readonly ingress: string; readonly admin: string } | undefined;
  readonly nodes: 1 | 3;
  /** The time under load on three nodes. */
  readonly seconds: number;
  /** The port of the host. 0 for a free one. */
  readonly port: number;
}

const usage = `Usage: node dist/samples/restate/main.js [options]
  --nodes N        1 or 3 nodes of Restate, which this program starts (default 1)
  --seconds N      the time under load on three nodes (default 10)
  --ingress URL    the ingress of a server that runs already, with --admin
  --admin URL      its admin API
  --port N         the port of the host (default: a free one)
  --help`;

/** Ends the process if the arguments are invalid. */
export function readOptions(): RestateOptions {
  try {
    const { values } = parseArgs({
      options: {
        nodes: { type: 'string', default: '1' },
        seconds: { type: 'string', default: '10' },
        ingress: { type: 'string' },
        admin: { type: 'string' },
        port: { type: 'string', default: '0' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return leave(usage, 0);
    const { ingress, admin } = values;
    if ((ingress === undefined) !== (admin === undefined)) throw new Error('--ingress and --admin belong together');
    const nodes = Number(values.nodes);
    if (nodes !== 1 && nodes !== 3) throw new Error('--nodes is neither 1 nor 3');
    if (nodes === 3 && ingress !== undefined) throw new Error('--nodes 3 starts nodes, so it takes no --ingress');
    const seconds = Number(values.seconds);
    if (!(seconds >= 1)) throw new Error('--seconds is not a number of at least 1');
    const server = ingress === undefined || admin === undefined ? undefined : { ingress, admin };
    return { server, nodes, seconds, port: Number(values.port) };
  } catch (error) {
    return leave(`${(error as Error).message}\n\n${usage}`, 2);
  }
}

function leave(message: string, exitCode: number): never {
  console.log(message);
  process.exit(exitCode);
}
