import { parseArgs } from 'node:util';

export interface ClusterOptions {
  /** `undefined` for a server of its own. */
  readonly storage: string | undefined;
  readonly seconds: number;
  /** Transfers that are under way at the same time. */
  readonly inFlight: number;
}

const usage = `Usage: node dist/samples/cluster/main.js [options]
  --storage URL    postgres://user:password@host/database (default: a private server with the installed programs)
  --seconds N      the time under load (default 20)
  --in-flight N    transfers that are under way at the same time (default 64)
  --help`;

/** Ends the process if the arguments are invalid. */
export function readOptions(): ClusterOptions {
  try {
    const { values } = parseArgs({
      options: {
        storage: { type: 'string' },
        seconds: { type: 'string', default: '20' },
        'in-flight': { type: 'string', default: '64' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return leave(usage, 0);
    const seconds = Number(values.seconds);
    if (!(seconds >= 1)) throw new Error('--seconds is not a number of at least 1');
    const inFlight = Number(values['in-flight']);
    if (!Number.isInteger(inFlight) || inFlight < 1) throw new Error('--in-flight is no whole number of at least 1');
    return { storage: values.storage, seconds, inFlight };
  } catch (error) {
    return leave(`${(error as Error).message}\n\n${usage}`, 2);
  }
}

function leave(message: string, exitCode: number): never {
  console.log(message);
  process.exit(exitCode);
}
