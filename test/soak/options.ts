import { parseArgs } from 'node:util';
import { shortestRunMs } from './sample.js';
import { durationMs, type Duration } from '../../src/model/duration.js';

export interface SoakOptions {
  readonly runsMs: number;
  readonly keptMs: number;
  readonly everyMs: number;
  readonly clients: number;
  readonly seed: number;
}

const usage = `Usage: npm run soak -- [options]
  --minutes N      how long (default 20)
  --retention D    of everything, for example 5s (default 1 minute); of receipts and workers a minute at least
  --every D        between two lines (default 10s)
  --clients N      that are connected at the same time (default 4)
  --seed N         the same clients in the same order (default: drawn)
  --help`;

/** Ends the process where the arguments are of no use. */
export function readOptions(): SoakOptions {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '20' },
        retention: { type: 'string', default: '1 minute' },
        every: { type: 'string', default: '10s' },
        clients: { type: 'string', default: '4' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return leave(usage, 0);
    const options = {
      runsMs: Number(values.minutes) * 60_000,
      keptMs: durationMs(values.retention as Duration, 'retention'),
      everyMs: durationMs(values.every as Duration, 'every'),
      clients: Number(values.clients),
      seed: Number(values.seed),
    };
    if (!(options.runsMs > 0) || !(options.clients >= 1) || !Number.isInteger(options.seed))
      throw new Error('--minutes, --clients and --seed are numbers');
    const shortestMs = shortestRunMs(options.keptMs);
    if (options.runsMs < shortestMs)
      throw new Error(`with this --retention the soak needs ${(shortestMs / 60_000).toFixed(1)} --minutes`);
    return options;
  } catch (error) {
    return leave(`${(error as Error).message}\n\n${usage}`, 2);
  }
}

function leave(message: string, exitCode: number): never {
  console.log(message);
  process.exit(exitCode);
}
