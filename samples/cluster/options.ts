import { parseArgs } from 'node:util';

export interface ClusterOptions {
  /** `undefined` for a server of its own. */
  readonly storage: string | undefined;
  readonly seconds: number;
}

const usage = `Usage: node dist/samples/cluster/main.js [options]
  --storage URL    postgres://user:password@host/database (default: a private server with the installed programs)
  --seconds N      the time under load (default 20)
  --help`;

/** Ends the process if the arguments are invalid. */
export function readOptions(): ClusterOptions {
  try {
    const { values } = parseArgs({
      options: {
        storage: { type: 'string' },
        seconds: { type: 'string', default: '20' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return leave(usage, 0);
    const seconds = Number(values.seconds);
    if (!(seconds >= 1)) throw new Error('--seconds is not a number of at least 1');
    return { storage: values.storage, seconds };
  } catch (error) {
    return leave(`${(error as Error).message}\n\n${usage}`, 2);
  }
}

function leave(message: string, exitCode: number): never {
  console.log(message);
  process.exit(exitCode);
}
