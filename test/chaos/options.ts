import { parseArgs } from 'node:util';

const storages = ['sqlite', 'postgres', 'mysql'] as const;

export interface ChaosOptions {
  /** The storage of the SQL engine, or the other engine. */
  readonly place: (typeof storages)[number] | 'restate';
  /** The number of nodes of a Restate cluster. */
  readonly nodes: 1 | 3;
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
  --engine E       sql: on one of the storages (default)
                   restate: two workers and a process of clients on a Restate cluster
  --nodes N        the nodes of the Restate cluster: 3 (default), or 1
  --cycles N       faults, one after the other (default 100)
  --seed N         the same faults in the same order (default: drawn)
  --only a,b       of these kinds (default: all that this machine can do)
                   sqlite: SQLITE
                   postgres: POSTGRES
                   mysql: MYSQL
                   restate: RESTATE
  --minutes N      begin no new cycle after so many minutes (default 60)
  --prove          show that power failures would be seen: disks that lie about syncs must lose something
  --help`;

/**
 * Ends the process where the arguments are of no use.
 * @param known the names of the kinds, by storage
 */
export function readOptions(known: Readonly<Record<ChaosOptions['place'], readonly string[]>>): ChaosOptions {
  const help = usage
    .replace(/SQLITE$/m, known.sqlite.join(', '))
    .replace(/POSTGRES$/m, known.postgres.join(', '))
    .replace(/MYSQL$/m, known.mysql.join(', '))
    .replace(/RESTATE$/m, known.restate.join(', '));
  try {
    const { values } = parseArgs({
      options: {
        storage: { type: 'string', default: 'sqlite' },
        engine: { type: 'string', default: 'sql' },
        nodes: { type: 'string', default: '3' },
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
    if (values.engine !== 'sql' && values.engine !== 'restate') throw new Error('--engine is one of sql, restate');
    const place = values.engine === 'restate' ? 'restate' : storage;
    const nodes = values.nodes === '1' ? 1 : 3;
    if (values.nodes !== String(nodes)) throw new Error('--nodes is 1 or 3');
    const only = values.only?.split(',') ?? known[place];
    for (const name of only)
      if (!known[place].includes(name)) throw new Error(`there is no kind ${JSON.stringify(name)} on ${place}`);
    const [cycles, seed, minutes] = [values.cycles, values.seed, values.minutes].map(Number) as [
      number,
      number,
      number,
    ];
    if (values.prove && only.join() !== 'power') throw new Error('--prove is for --only power');
    if (!(cycles >= 1) || !Number.isInteger(seed) || !(minutes > 0))
      throw new Error('--cycles, --seed and --minutes are numbers');
    return { place, nodes, cycles, seed, only, limitMs: minutes * 60_000, prove: values.prove };
  } catch (error) {
    return leave(`${(error as Error).message}\n\n${help}`, 2);
  }
}

function leave(message: string, exitCode: number): never {
  console.log(message);
  process.exit(exitCode);
}
