import { parseArgs } from 'node:util';

export const storages = ['sqlite', 'postgres', 'mysql'] as const;

export interface ChaosOptions {
  readonly storage: (typeof storages)[number];
  readonly cycles: number;
  readonly seed: number;
  /** The names of the kinds of faults. */
  readonly only: readonly string[];
  /** No new cycle begins after so many ms. */
  readonly limitMs: number;
  /** Shows that the power failures would be seen, and does nothing else. */
  readonly prove: boolean;
}

const usage = `Usage: npm run chaos -- [options]
  --storage S      sqlite: hosts one after the other, or a host and a standby (default)
                   postgres: three workers and two processes of clients on a server of its own, or of DURABLE_TEST_POSTGRES_URL
                   mysql: the same on MySQL or MariaDB, or on the server of DURABLE_TEST_MYSQL_URL
  --cycles N       faults, one after the other (default 100)
  --seed N         the same faults in the same order (default: drawn)
  --only a,b       of these kinds (default: all that this machine can do)
                   sqlite: SQLITE
                   postgres: POSTGRES
                   mysql: MYSQL
  --minutes N      begin no new cycle after so many minutes (default 60)
  --prove          show that power failures would be seen: disks that lie about syncs must lose something
  --help`;

/**
 * Ends the process where the arguments are of no use.
 * @param known the names of the kinds, by storage
 */
export function readOptions(known: Readonly<Record<ChaosOptions['storage'], readonly string[]>>): ChaosOptions {
  const help = usage
    .replace(/SQLITE$/m, known.sqlite.join(', '))
    .replace(/POSTGRES$/m, known.postgres.join(', '))
    .replace(/MYSQL$/m, known.mysql.join(', '));
  try {
    const { values } = parseArgs({
      options: {
        storage: { type: 'string', default: 'sqlite' },
        cycles: { type: 'string', default: '100' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        only: { type: 'string' },
        minutes: { type: 'string', default: '60' },
        prove: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return leave(help, 0);
    const storage = storages.find((each) => each === values.storage);
    if (storage === undefined) throw new Error(`--storage is one of ${storages.join(', ')}`);
    const only = values.only?.split(',') ?? known[storage];
    for (const name of only)
      if (!known[storage].includes(name)) throw new Error(`there is no kind ${JSON.stringify(name)} on ${storage}`);
    const [cycles, seed, minutes] = [values.cycles, values.seed, values.minutes].map(Number) as [
      number,
      number,
      number,
    ];
    if (values.prove && only.join() !== 'power') throw new Error('--prove is for --only power');
    if (!(cycles >= 1) || !Number.isInteger(seed) || !(minutes > 0))
      throw new Error('--cycles, --seed and --minutes are numbers');
    return { storage, cycles, seed, only, limitMs: minutes * 60_000, prove: values.prove };
  } catch (error) {
    return leave(`${(error as Error).message}\n\n${help}`, 2);
  }
}

function leave(message: string, exitCode: number): never {
  console.log(message);
  process.exit(exitCode);
}
